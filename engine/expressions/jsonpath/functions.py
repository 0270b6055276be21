"""Path functions: `$.items.length()`, `$..price.max()` and the others of Jayway's PathFunctionFactory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum, sqrt

from engine.values.json_document import Json, JsonNumber, java_number
from engine.values.missing import MISSING, Missing

AGGREGATES = frozenset(["min", "max", "sum", "avg", "stddev"])
"""Functions over numbers; on a path with many matches they take the matches together."""

_Apply = Callable[[Json, Sequence[Json | Missing]], Json | Missing]


def apply_function(name: str, value: Json, arguments: Sequence[Json | Missing]) -> Json | Missing:
    """The function's result for one value; MISSING when it has none (max of texts, length of a number).

    Aggregates are doubles (float); a length is an int; an element is the element.
    """
    return _FUNCTIONS[name](value, arguments)


def _numbers(value: Json, arguments: Sequence[Json | Missing]) -> list[float]:
    items = list(value) if isinstance(value, list) else []
    for argument in arguments:
        items += argument if isinstance(argument, list) else [argument]
    return [float(item) for item in items if isinstance(item, int | float) and not isinstance(item, bool)]


def _aggregate(calculate: Callable[[list[float]], float]) -> _Apply:
    def apply(value: Json, arguments: Sequence[Json | Missing]) -> Json | Missing:
        numbers = _numbers(value, arguments)
        return calculate(numbers) if numbers else MISSING

    return apply


def _deviation(numbers: list[float]) -> float:
    count = len(numbers)
    mean = fsum(numbers) / count
    return sqrt(max(fsum(number * number for number in numbers) / count - mean * mean, 0.0))


def _length(value: Json, arguments: Sequence[Json | Missing]) -> Json | Missing:
    return len(value) if isinstance(value, list | dict) else MISSING


def _keys(value: Json, arguments: Sequence[Json | Missing]) -> Json | Missing:
    return list(value) if isinstance(value, dict) else MISSING


def _element(value: Json, place: int) -> Json | Missing:
    if not isinstance(value, list) or not -len(value) <= place < len(value):
        return MISSING
    element = value[place]
    return java_number(element) if type(element) is JsonNumber else element


def _index(value: Json, arguments: Sequence[Json | Missing]) -> Json | Missing:
    place = _numbers(None, arguments)
    return _element(value, int(place[0])) if place else MISSING


def _concat(value: Json, arguments: Sequence[Json | Missing]) -> Json | Missing:
    items = list(value) if isinstance(value, list) else []
    for argument in arguments:
        items += argument if isinstance(argument, list) else [argument]
    return "".join(item for item in items if isinstance(item, str))


def _append(value: Json, arguments: Sequence[Json | Missing]) -> Json | Missing:
    if not isinstance(value, list):
        return MISSING
    return value + [argument for argument in arguments if argument is not MISSING]


_FUNCTIONS: dict[str, _Apply] = {
    "length": _length,
    "size": _length,
    "keys": _keys,
    "min": _aggregate(min),
    "max": _aggregate(max),
    "sum": _aggregate(fsum),
    "avg": _aggregate(lambda numbers: fsum(numbers) / len(numbers)),
    "stddev": _aggregate(_deviation),
    "first": lambda value, arguments: _element(value, 0),
    "last": lambda value, arguments: _element(value, -1),
    "index": _index,
    "concat": _concat,
    "append": _append,
}
