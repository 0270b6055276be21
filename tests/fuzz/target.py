"""What a fuzzer runs: one function over bytes, and how much work it may cost."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

SEEDS = Path(__file__).parent / "seeds"
ENGINE = str(Path(__file__).parents[2] / "engine")
LINES_AT_LEAST = 20_000
LINES_PER_BYTE = 400
CPU_SECONDS = 5
"""Processor time one input may take at the very most; a safety net for work inside C, no measure."""


class Finding(AssertionError):
    """The code under test broke one of its promises."""


@dataclass(frozen=True, slots=True)
class Target:
    """One fuzzer. `run` gives a short word for what happened; whatever it raises is a finding.

    `tokens` are pieces of the language the input is in.
    """

    name: str
    run: Callable[[bytes], str]
    tokens: tuple[bytes, ...]

    @property
    def seeds(self) -> list[Path]:
        """The inputs to start from, known to be handled well."""
        return sorted(path for path in (SEEDS / self.name).iterdir() if path.is_file())

    def checked(self, data: bytes) -> str:
        """Run once with the work counted: a finding when it is more than linear in the input."""
        limit = LINES_AT_LEAST + LINES_PER_BYTE * len(data)
        with processor_limit(), lines_limit(limit):
            return self.run(data)


@contextmanager
def lines_limit(limit: int) -> Iterator[None]:
    """Count the lines of the engine that run, those of every call included; raise Finding beyond `limit`."""
    count = 0

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if event == "line":
            count += 1
            if count > limit:
                raise Finding(f"more than {limit} lines of work, at {frame.f_code.co_filename}:{frame.f_lineno}")
        return line

    def call(frame: FrameType, event: str, argument: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(ENGINE) else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def processor_limit() -> Iterator[None]:
    """Raise Finding when the code takes CPU_SECONDS of the processor (regular expressions can be stopped so too)."""

    def over(number: int, frame: FrameType | None) -> None:
        raise Finding(f"more than {CPU_SECONDS} seconds of the processor")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def same(what: str, first: object, second: object) -> None:
    """Two ways to one answer must agree."""
    if first != second:
        raise Finding(f"{what}:\n  {first!r}\n  {second!r}"[:2000])


def true(what: str, holds: bool) -> None:
    """A promise that must hold."""
    if not holds:
        raise Finding(what)


def pieces(data: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    """Cut `data` into pieces of these sizes, over and over."""
    at = number = 0
    while at < len(data):
        size = max(1, sizes[number % len(sizes)])
        yield data[at : at + size]
        at += size
        number += 1


def shape(error: BaseException) -> str:
    """The kind of an error: its text without what came from the input."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "_", str(error))
    return f"{type(error).__name__}: {text[:80]}"
