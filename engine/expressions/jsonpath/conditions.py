"""Filters of JSONPath as closures, with the comparison rules of Jayway's EvaluatorFactory and ValueNodes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from engine.expressions.jsonpath.ast import (
    All,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Literal,
    Not,
    Operand,
    Path,
    Regex,
)
from engine.values.java_regex import compile_java_regex
from engine.values.java_text import java_decimal_text
from engine.values.json_document import Json, JsonNumber, java_number
from engine.values.missing import MISSING, Missing

Test: TypeAlias = Callable[[Json, Json], bool]
"""Called with the node in question and the root of the document."""
Read: TypeAlias = Callable[[Json, Json], Json | Missing]
CompilePath: TypeAlias = Callable[[Path], Read]


def compile_condition(condition: Condition, compile_path: CompilePath) -> Test:
    """Turn a filter into a function. Raises ValueError for a bad pattern."""
    match condition:
        case Exists(path):
            read = compile_path(path)
            return lambda node, root: read(node, root) is not MISSING
        case Not(inner):
            test = compile_condition(inner, compile_path)
            return lambda node, root: not test(node, root)
        case All(parts):
            tests = [compile_condition(part, compile_path) for part in parts]
            return lambda node, root: all(test(node, root) for test in tests)
        case AnyOf(parts):
            tests = [compile_condition(part, compile_path) for part in parts]
            return lambda node, root: any(test(node, root) for test in tests)
        case Compare(left, operator, right):
            return _comparison(left, operator, right, compile_path)


def _comparison(left: Operand, operator: str, right: Operand, compile_path: CompilePath) -> Test:
    if operator == "=~":
        return _matching(left, right, compile_path)
    if isinstance(left, Regex) or isinstance(right, Regex):
        raise ValueError("a /pattern/ can only be used with =~")
    compare = OPERATIONS[operator]
    read_left = _operand(left, compile_path)
    if isinstance(right, Literal):
        constant = right.value
        return lambda node, root: compare(read_left(node, root), constant)
    read_right = _operand(right, compile_path)
    return lambda node, root: compare(read_left(node, root), read_right(node, root))


def _operand(operand: Path | Literal, compile_path: CompilePath) -> Read:
    if isinstance(operand, Path):
        return compile_path(operand)
    constant = operand.value
    return lambda node, root: constant


def _matching(left: Operand, right: Operand, compile_path: CompilePath) -> Test:
    if isinstance(left, Regex):
        left, right = right, left
    if isinstance(left, Regex) or not isinstance(right, Regex):
        raise ValueError("=~ needs a /pattern/ on one side and a value on the other")
    pattern = compile_java_regex(right.pattern, right.flags)
    read = _operand(left, compile_path)

    def test(node: Json, root: Json) -> bool:
        value = read(node, root)
        values = value if isinstance(value, list) else [value]
        return any(pattern.fullmatch(_regex_input(item)) is not None for item in values)

    return test


def _regex_input(value: Json | Missing) -> str:
    """What Jayway matches: scalars as text, anything else (nothing at all included) as the empty text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number_text(value) if _is_number(value) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _number_text(value: Json) -> str:
    if type(value) is JsonNumber:
        return str(java_number(value))
    if isinstance(value, Decimal):
        return java_decimal_text(value)
    return str(value)


def _exact(value: Json) -> Decimal | int:
    if isinstance(value, JsonNumber):
        return value.decimal
    if isinstance(value, float):
        return Decimal(repr(value))
    result: Decimal | int = value
    return result


def equal(left: Json | Missing, right: Json | Missing) -> bool:
    """Jayway `==`: numbers by value, number and text by value or text, MISSING to nothing."""
    if left is MISSING or right is MISSING:
        return False
    if isinstance(left, str):
        if isinstance(right, str):
            return left == right
        return _is_number(right) and left == _number_text(right)
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if _is_number(left):
        if isinstance(right, str):
            try:
                return Decimal(right) == _exact(left)
            except InvalidOperation:
                return False
        return _is_number(right) and _exact(left) == _exact(right)
    return bool(left == right)


def _type_safe_equal(left: Json | Missing, right: Json | Missing) -> bool:
    return isinstance(left, str) == isinstance(right, str) and equal(left, right)


def _ordered(by_order: Callable[[int], bool]) -> Callable[[Json | Missing, Json | Missing], bool]:
    def compare(left: Json | Missing, right: Json | Missing) -> bool:
        if _is_number(left) and _is_number(right):
            a, b = _exact(left), _exact(right)
            return by_order((a > b) - (a < b))
        one = left if isinstance(left, str) else _number_text(left) if _is_number(left) else None
        other = right if isinstance(right, str) else _number_text(right) if _is_number(right) else None
        if one is None or other is None:
            return False
        return by_order((one > other) - (one < other))

    return compare


def _contained(value: Json | Missing, items: Json | Missing) -> bool:
    return isinstance(items, list) and any(equal(value, item) for item in items)


def _not_contained(value: Json | Missing, items: Json | Missing) -> bool:
    return isinstance(items, list) and not _contained(value, items)


def _contains(container: Json | Missing, value: Json | Missing) -> bool:
    if isinstance(container, str):
        return isinstance(value, str) and value in container
    return _contained(value, container)


def _has_size(value: Json | Missing, size: Json | Missing) -> bool:
    return isinstance(value, str | list) and _is_number(size) and len(value) == size


def _is_empty(value: Json | Missing, wanted: Json | Missing) -> bool:
    return isinstance(value, str | list | dict) and isinstance(wanted, bool) and (not value) is wanted


def _every(items: Json | Missing, others: Json | Missing) -> bool:
    return isinstance(items, list) and isinstance(others, list) and all(_contained(item, others) for item in items)


def _some(items: Json | Missing, others: Json | Missing) -> bool:
    return isinstance(items, list) and isinstance(others, list) and any(_contained(item, others) for item in items)


def _none(items: Json | Missing, others: Json | Missing) -> bool:
    return isinstance(items, list) and isinstance(others, list) and not _some(items, others)


OPERATIONS: dict[str, Callable[[Json | Missing, Json | Missing], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "===": _type_safe_equal,
    "!==": lambda left, right: not _type_safe_equal(left, right),
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
    "in": _contained,
    "nin": _not_contained,
    "contains": _contains,
    "size": _has_size,
    "empty": _is_empty,
    "subsetof": _every,
    "anyof": _some,
    "noneof": _none,
    "all": lambda items, wanted: _every(wanted, items),
}
