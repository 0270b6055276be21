"""Operators of `${...}` with Java's number types (BinaryOperationNode).

An int within 32 bits is Java's int, beyond that a long; a float, JsonNumber included, is a double.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from math import copysign, fmod, inf, isfinite, nan

from engine.expressions.synapse.errors import EvaluationError
from engine.values.java_text import INT_MAX, INT_MIN, java_double_text
from engine.values.missing import MISSING

_EXACT = Context(prec=800)  # any two doubles: 309 digits before the point and 324 behind it


def is_number(value: object) -> bool:
    """Whether Java sees a number; booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_long(value: object) -> bool:
    """Whether a number is an integer beyond Java's int."""
    return isinstance(value, int) and not INT_MIN <= value <= INT_MAX


def as_decimal(value: int | float) -> Decimal:
    """BigDecimal.valueOf: the decimal a double is written as."""
    return Decimal(value) if isinstance(value, int) else Decimal(java_double_text(float(value)))


def wrapped(value: int, bits: int) -> int:
    """An integer after Java's overflow."""
    half = 1 << (bits - 1)
    return (value + half) % (1 << bits) - half


def _numbers(left: object, right: object, operator: str) -> tuple[int | float, int | float]:
    if isinstance(left, int | float) and isinstance(right, int | float) and is_number(left) and is_number(right):
        return left, right
    raise EvaluationError(f"{operator} needs two numbers, not {kind(left)} and {kind(right)}")


def kind(value: object) -> str:
    """What a value is, for messages."""
    if value is None or value is MISSING:
        return "null" if value is None else "a missing value"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a text"
    if is_number(value):
        return "a number"
    return "an object" if isinstance(value, dict) else "an array" if isinstance(value, list) else "XML"


def _decimals(calculate: Callable[[Decimal, Decimal], Decimal], left: int | float, right: int | float) -> float:
    if not (isfinite(left) and isfinite(right)):
        raise EvaluationError("NaN and infinite numbers have no decimal value")
    return float(calculate(as_decimal(left), as_decimal(right)))


def _overflowing(value: int, left: int, right: int) -> int:
    return value if INT_MIN <= value <= INT_MAX or not (is_long(left) or is_long(right)) else wrapped(value, 64)


def add(left: object, right: object) -> object:
    """Sum of numbers, or two texts joined."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if type(left) is int and type(right) is int:
        return _overflowing(left + right, left, right)
    a, b = _numbers(left, right, "+")
    return _decimals(_EXACT.add, a, b)


def subtract(left: object, right: object) -> object:
    """Difference; ints wrap around."""
    a, b = _numbers(left, right, "-")
    if isinstance(a, int) and isinstance(b, int):
        return wrapped(a - b, 64 if is_long(a) or is_long(b) else 32)
    return _decimals(_EXACT.subtract, a, b)


def multiply(left: object, right: object) -> object:
    """Product; ints grow to longs."""
    a, b = _numbers(left, right, "*")
    if isinstance(a, int) and isinstance(b, int):
        return _overflowing(a * b, a, b)
    return _decimals(_EXACT.multiply, a, b)


def divide(left: object, right: object) -> object:
    """Quotient: exact for ints or else a double; doubles are rounded to the decimals of the left operand."""
    a, b = _numbers(left, right, "/")
    if b == 0:
        raise EvaluationError("division by zero")
    if isinstance(a, int) and isinstance(b, int):
        if is_long(a) or is_long(b) or a % b:
            return a / b
        return a // b
    if not (isfinite(a) and isfinite(b)):
        raise EvaluationError("NaN and infinite numbers have no decimal value")
    one, other = as_decimal(float(a)), as_decimal(float(b))
    places = Decimal((0, (1,), int(one.as_tuple().exponent)))
    try:
        exact = Context(prec=400).divide(one, other)
        return float(exact.quantize(places, rounding=ROUND_HALF_UP, context=_EXACT))
    except InvalidOperation:
        return copysign(inf, a * b)


def remainder(left: object, right: object) -> object:
    """Remainder with the sign of the dividend."""
    a, b = _numbers(left, right, "%")
    if b == 0:
        raise EvaluationError("division by zero")
    if isinstance(a, int) and isinstance(b, int):
        return abs(a) % abs(b) * (-1 if a < 0 else 1)
    try:
        return _decimals(_EXACT.remainder, a, b)
    except InvalidOperation:
        return fmod(a, b)


def compare(operator: str) -> Callable[[object, object], object]:
    """A function for <, <=, > or >=."""
    test: Callable[[int | float, int | float], bool] = {
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }[operator]

    def apply(left: object, right: object) -> object:
        return test(*_numbers(left, right, operator))

    return apply


def power(base: float, exponent: float) -> float:
    """Math.pow, which never raises."""
    try:
        result = base**exponent
    except ZeroDivisionError:
        odd = exponent == int(exponent) and int(exponent) % 2 == 1
        return copysign(inf, base) if odd else inf
    except OverflowError:
        return -inf if base < 0 and exponent % 2 == 1 else inf
    return nan if isinstance(result, complex) else float(result)


def round_half_up(value: float, places: int) -> float:
    """A double rounded half up at a number of decimals, judged by how it is written."""
    exact = as_decimal(value)
    return float(exact.quantize(Decimal((0, (1,), -places)), rounding=ROUND_HALF_UP, context=_EXACT))
