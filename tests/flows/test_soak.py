"""Thousands of requests of every kind leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.clients import KINDS
from tests.soak.run import soaking

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_five_thousand_mixed_requests_leave_nothing_behind(tmp_path: Path) -> None:
    async with soaking(tmp_path) as soak:
        await soak.ask(500)
        before = await soak.standing()
        await soak.ask(5_000)
        after = await soak.standing()
    assert set(soak.outcomes) == KINDS
    assert soak.outcomes.total() == 5_500
    assert after.tasks <= before.tasks
    assert not after.descriptors - before.descriptors
    assert after.temporary == []
    assert after.memory < before.memory + 20, (before.memory, after.memory)
