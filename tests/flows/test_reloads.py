"""A hundred reloads under load: every reply is whole and of one version."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reloads import reload_under_load


@pytest.mark.slow
def test_hundred_reloads_under_load_fail_and_mix_no_reply(tmp_path: Path) -> None:
    seen = reload_under_load(tmp_path, 100)
    assert set(seen) == {"good", "reloads"}
    assert seen["reloads"] >= 100
    assert seen["good"] > 100
