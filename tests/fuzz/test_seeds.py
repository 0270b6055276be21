"""Every seed, and every input that once was a finding, is handled as promised."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.mutation import fuzz
from tests.fuzz.target import SEEDS, Finding, Target, lines_limit
from tests.fuzz.targets import NAMES, target_of


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(
    "path", sorted(path for path in SEEDS.glob("*/*") if path.is_file()), ids=lambda p: f"{p.parent.name}-{p.name}"
)
def test_seed_is_handled(path: Path) -> None:
    assert target_of(path.parent.name).checked(path.read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_every_fuzzer_has_seeds_with_different_outcomes(name: str) -> None:
    target = target_of(name)
    assert len({target.run(path.read_bytes()) for path in target.seeds}) >= 2


def test_mutations_reach_a_finding_and_report_it() -> None:
    def fragile(data: bytes) -> str:
        if b"HTTP/1.1" in data and b"\0" in data:
            raise Finding("reached")
        return str(len(data) % 8)

    found: list[bytes] = []
    count = fuzz(Target("listener_head", fragile, (b"HTTP/1.1",)), 3.0, 1, lambda data, error: found.append(data))
    assert count > 0
    assert found
    assert b"\0" in found[0]


def test_work_beyond_the_limit_is_a_finding() -> None:
    with pytest.raises(Finding, match="lines of work"), lines_limit(100):
        target_of("json").run(b"[" + b"1.5," * 1000 + b"1]")
