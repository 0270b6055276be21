"""The text Java gives numbers and booleans; flows compare and log these texts, so they are kept exactly.

Python differs in three places: exponents (`1e-05` against `1.0E-5`), the range written without one, and
booleans.
"""

from __future__ import annotations

import struct
from decimal import Decimal, InvalidOperation

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1


def java_double_text(value: float) -> str:
    """Text of a Java double (Double.toString): `5.0`, `0.001`, `1.0E-4`, `1.0E7`, `NaN`, `-Infinity`."""
    size = -value if value < 0 else value
    if 1e-3 <= size < 1e7:
        return float.__repr__(value)
    text = float.__repr__(value)
    if text[1:2] == "e" or text[2:3] == "e":
        # Java shows two digits at least and then picks the pair nearest to the value: 4.9E-324, not 5.0E-324.
        pair = f"{value:.1e}"
        text = pair if float(pair) == value else text
    return _scientific(text)


def java_float_text(value: float) -> str:
    """Text of a Java float (Float.toString): the shortest one that reads back as the same 32 bits."""
    try:
        single = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return "-Infinity" if value < 0 else "Infinity"
    for digits in range(1, 10):
        text = f"{single:.{digits}g}"
        # Rounding to fewer digits may leave the 32-bit range (3.4028235E38 -> 3.5E38): that is not the
        # shortest text.
        if abs(float(text)) < 3.4028236e38 and struct.pack("<f", float(text)) == struct.pack("<f", single):
            return java_double_text(float(text))
    return java_double_text(single)


def _scientific(text: str) -> str:
    """Turn Python's repr of a double outside 1e-3..1e7 into Java's."""
    if text[-1] in "nf":
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[text]
    sign = "-" if text[0] == "-" else ""
    mantissa, _, exponent = text.removeprefix("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return sign + "0.0"
    leading_zeros = len(whole + fraction) - len(digits)
    power = int(exponent or 0) + len(whole) - 1 - leading_zeros
    return f"{sign}{digits[0]}.{digits[1:].rstrip('0') or '0'}E{power}"


def java_decimal_text(value: Decimal | str) -> str:
    """Text of a Java BigDecimal: digits and trailing zeros kept, `1E+2`, no negative zero.

    Raises ValueError when a text is no decimal number.
    """
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except InvalidOperation:
            raise ValueError(f"not a decimal number: {value!r}") from None
    if not value.is_finite():
        raise ValueError(f"not a decimal number: {value}")
    return str(value if value else value.copy_abs())


def java_boolean_text(value: bool) -> str:
    """Text of a Java boolean: `true` or `false`."""
    return "true" if value else "false"


def java_text(value: object) -> str:
    """Text of a scalar as Java's String.valueOf gives it; null is `null`, texts stay as they are."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if type(value) is float:
        return java_double_text(value)
    if isinstance(value, Decimal):
        return java_decimal_text(value)
    return str(value)
