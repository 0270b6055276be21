"""The `type=` of property and variable: text into typed values (PropertyMediator, VariableMediator)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from engine.codecs.errors import FormatError
from engine.codecs.xml import parse_xml
from engine.message.values import JsonValue
from engine.values.java_text import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN, java_float_text
from engine.values.json_document import JsonSyntaxError, parse

_JAVA_INTEGER = re.compile(r"[+-]?\d+")
_JAVA_FLOAT = re.compile(r"[\x00-\x20]*([+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?))[\x00-\x20]*")


def java_integer(text: str, low: int = INT_MIN, high: int = INT_MAX) -> int:
    """A Java whole number (Integer.parseInt and its kin). Raises ValueError for blanks, points, exponents, overflow."""
    if not _JAVA_INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is no whole number")
    number = int(text)
    if not low <= number <= high:
        raise ValueError(f"{text} is out of range ({low} to {high})")
    return number


def java_float(text: str) -> float:
    """A Java floating point number (Double.parseDouble): blanks around, exponent and a trailing d or f are fine."""
    match = _JAVA_FLOAT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no number")
    bare = match.group(1)
    if bare.endswith("Infinity"):
        return -math.inf if bare.startswith("-") else math.inf
    return math.nan if bare.endswith("NaN") else float(bare.rstrip("fFdD"))


def single(text: str) -> float:
    """A Java float (Float.parseFloat): the number that prints as the nearest one of 32 bits does."""
    return float(java_float_text(java_float(text)).replace("Infinity", "inf").replace("NaN", "nan"))


def truncated(text: str, low: int, high: int) -> int:
    """A whole number from an expression: a text with a point is read as a double and cut toward zero."""
    if "." not in text:
        return java_integer(text, low, high)
    number = java_float(text)
    if math.isnan(number):
        return 0
    return int(max(min(number, INT_MAX), INT_MIN)) if math.isfinite(number) else (INT_MAX if number > 0 else INT_MIN)


def java_short(text: str) -> int:
    """A short from an expression; what is cut from a fraction wraps to 16 bits."""
    if "." not in text:
        return java_integer(text, -32768, 32767)
    return (truncated(text, INT_MIN, INT_MAX) + 32768) % 65536 - 32768


def boolean(text: str) -> bool:
    """true, 1 and yes in any letter case; never fails."""
    return text.strip().lower() in ("true", "1", "yes")


def xml(text: str) -> object:
    """XML text as an element."""
    try:
        return parse_xml(text)
    except FormatError as error:
        raise ValueError(f"no XML: {error}") from error


def json(text: str) -> object | None:
    """JSON text as a value; what is no JSON is tried again between quotes, then given up (None), as there."""
    for candidate in (text, f'"{text}"'):
        try:
            return JsonValue(parse(candidate))
        except JsonSyntaxError:
            continue
    return None


Convert = Callable[[str], object | None]

CONSTANTS: dict[str, Convert] = {
    "STRING": str,
    "BOOLEAN": boolean,
    "INTEGER": java_integer,
    "LONG": lambda text: java_integer(text, LONG_MIN, LONG_MAX),
    "SHORT": lambda text: java_integer(text, -32768, 32767),
    "FLOAT": single,
    "DOUBLE": java_float,
    "OM": xml,
    "XML": xml,
    "JSON": json,
}
EXPRESSIONS: dict[str, Convert] = {
    **CONSTANTS,
    "INTEGER": lambda text: truncated(text, INT_MIN, INT_MAX),
    "SHORT": java_short,
}
PROPERTY_TYPES = ("STRING", "BOOLEAN", "INTEGER", "LONG", "SHORT", "FLOAT", "DOUBLE", "OM", "JSON")
VARIABLE_TYPES = ("STRING", "BOOLEAN", "INTEGER", "LONG", "DOUBLE", "XML", "JSON")
