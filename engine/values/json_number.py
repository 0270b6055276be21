"""JSON numbers that remember their spelling."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from engine.values.java_text import LONG_MAX, LONG_MIN, java_double_text

Json: TypeAlias = Any
"""A JSON value: dict, list, str, int, JsonNumber, bool or None."""


class JsonNumber(float):
    """A JSON number that is not a plain 64-bit integer; `text` is its spelling.

    As a float it carries the nearest double (infinite when beyond its range); `decimal` is exact.
    """

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> JsonNumber:
        """Raises ValueError for text that is no number."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __getnewargs__(self) -> tuple[Json]:
        return (self.text,)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"JsonNumber({self.text!r})"

    @property
    def decimal(self) -> Decimal:
        """The exact value."""
        return Decimal(self.text)


def java_number(number: JsonNumber) -> int | JsonNumber:
    """The number as Jayway unwraps an object member: `4.00` -> `4.0`, `1E2` -> 100, `0.00001` -> `1.0E-5`.

    Integers beyond 64 bits and decimals no double holds stay exact, spelled as BigDecimal does.
    """
    try:
        exact = number.decimal
    except InvalidOperation:  # an exponent beyond what even BigDecimal takes
        return number
    if exact.is_zero() and not int(exact.as_tuple().exponent) < 0:
        return 0
    if int(exact.as_tuple().exponent) >= 0:
        if exact.adjusted() < 19 and LONG_MIN <= (whole := int(exact)) <= LONG_MAX:
            return whole
        return JsonNumber(str(exact))
    double = float(number)
    text = java_double_text(double)
    if Decimal(text) == exact:
        return JsonNumber(text)
    return JsonNumber(str(exact))
