"""The measures, by the number of the goal they are for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from tests.benchmarks.result import Row
from tests.benchmarks.stage import Stage

Measure = Callable[[Stage], list[Row]]
MEASURES: dict[int, Measure] = {}


def goal(number: int) -> Callable[[Measure], Measure]:
    """Register the measure of this goal."""

    def register(measure: Measure) -> Measure:
        MEASURES[number] = measure
        return measure

    return register


def measures() -> dict[int, Measure]:
    """All of them, in order."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(MEASURES.items()))
