"""JSON read with nothing lost and written as the reference engine (Gson) spells it.

Integers within 64 bits are int. Every other number is a JsonNumber, a float that remembers its spelling, so
`4.00`, `1E2` and `12345678901234567890` come out as they went in. Of duplicate keys the last one wins.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import Any, TypeAlias

from engine.values.java_text import LONG_MAX, LONG_MIN, java_double_text
from engine.values.missing import MISSING, Missing

try:
    import orjson
except ModuleNotFoundError:  # optional: the same results come slower without it
    HAVE_ORJSON = False
else:
    HAVE_ORJSON = True

Json: TypeAlias = Any
"""A JSON value: dict, list, str, int, JsonNumber, bool or None."""

MAX_DEPTH = 255
"""Deepest nesting accepted; Gson's own limit."""

_QUICK_DIGITS = 18
_NEGATIVE_ZERO = re.compile(r"(?:^|[\s:,\[])-0")
_NEGATIVE_ZERO_BYTES = re.compile(rb"(?:^|[\s:,\[])-0")


class JsonSyntaxError(ValueError):
    """Text that is not JSON. `line` and `column` count from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        self.reason = reason
        self.line = line
        self.column = column
        super().__init__(f"not valid JSON: {reason} at line {line}, column {column}")


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

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.text,)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"JsonNumber({self.text!r})"

    @property
    def decimal(self) -> Decimal:
        """The exact value."""
        return Decimal(self.text)


def parse(text: str | bytes | bytearray) -> Json:
    """Read one JSON document; bytes are UTF-8 (a byte order mark is skipped).

    Raises JsonSyntaxError, a ValueError, for anything else, nesting beyond MAX_DEPTH included.
    """
    if HAVE_ORJSON and not _has_negative_zero(text):
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return _parse_exactly(text)  # for the better message, and for what only the other reader takes
        if _is_plain(value):
            return value
    return _parse_exactly(text)


def _has_negative_zero(text: str | bytes | bytearray) -> bool:
    """Whether a number may be spelled -0, which the quick reader turns into 0 without a trace."""
    if isinstance(text, str):
        return "-0" in text and _NEGATIVE_ZERO.search(text) is not None
    return b"-0" in text and _NEGATIVE_ZERO_BYTES.search(text) is not None


def _is_plain(value: Json) -> bool:
    """Whether the quick reader kept everything: no float (so no spelling, no big number) and not too deep."""
    kind = type(value)
    if kind is not dict and kind is not list:
        return kind is not float and (kind is not int or LONG_MIN <= value <= LONG_MAX)
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Json] = []
        for container in level:
            for item in container.values() if type(container) is dict else container:
                kind = type(item)
                if kind is str or kind is bool or item is None:
                    continue
                if kind is int:
                    if not LONG_MIN <= item <= LONG_MAX:
                        return False
                elif kind is float:
                    return False
                else:
                    below.append(item)
        if not below:
            return True
        level = below
    return False


def _integer(text: str) -> int | JsonNumber:
    if len(text) <= _QUICK_DIGITS:
        return int(text) if text != "-0" else JsonNumber(text)
    if len(text) <= 20 and LONG_MIN <= (value := int(text)) <= LONG_MAX:
        return value
    return JsonNumber(text)


def _constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON number")


_decoder = json.JSONDecoder(parse_float=JsonNumber, parse_int=_integer, parse_constant=_constant)


def _parse_exactly(text: str | bytes | bytearray) -> Json:
    if not isinstance(text, str):
        data = bytes(text)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start]
            column = len(before) - before.rfind(b"\n")
            raise JsonSyntaxError("bytes that are not UTF-8", before.count(b"\n") + 1, column) from error
    text = text.removeprefix("\ufeff")
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise JsonSyntaxError(_reason(error, text), error.lineno, error.colno) from None
    except RecursionError:
        raise _too_deep(text) from None
    except ValueError as error:
        raise _bad_constant(text, str(error)) from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth_exceeded(value):
        raise _too_deep(text)
    return value


def _reason(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text):
        return "the text ends too early" if text.strip() else "the text is empty"
    return error.msg[:1].lower() + error.msg[1:].removesuffix(" starting at")


def _bad_constant(text: str, reason: str) -> JsonSyntaxError:
    place = _outside_strings(text, lambda at, depth: text.startswith(reason.split()[0], at))
    return _error_at(text, place, reason)


def _too_deep(text: str) -> JsonSyntaxError:
    place = _outside_strings(text, lambda at, depth: depth > MAX_DEPTH)
    return _error_at(text, place, f"nested deeper than {MAX_DEPTH} levels")


def _error_at(text: str, place: int, reason: str) -> JsonSyntaxError:
    line = text.count("\n", 0, place) + 1
    return JsonSyntaxError(reason, line, place - text.rfind("\n", 0, place))


def _outside_strings(text: str, wanted: Any) -> int:
    """First place outside strings where `wanted(place, depth)` holds, else 0."""
    depth = 0
    quoted = False
    at = 0
    while at < len(text):
        char = text[at]
        if quoted:
            if char == "\\":
                at += 1
            elif char == '"':
                quoted = False
        else:
            if char == '"':
                quoted = True
            elif char in "[{":
                depth += 1
            elif char in "]}":
                depth -= 1
            if wanted(at, depth):
                return at
        at += 1
    return 0


def _depth_exceeded(value: Json) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return True
        level = [
            item
            for container in level
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, dict | list)
        ]
    return False


class JsonDocument:
    """A JSON text read when somebody looks, in the cheaper way where that is enough.

    Both views raise JsonSyntaxError for text that is not JSON. The views are shared: do not change them in
    place.
    """

    __slots__ = ("_exact", "_quick", "source")

    def __init__(self, source: str | bytes) -> None:
        self.source = source
        self._exact: Json | Missing = MISSING
        self._quick: Json | Missing = MISSING

    @property
    def exact(self) -> Json:
        """Everything kept, as `parse` gives it."""
        if self._exact is MISSING:
            quick = self._quick
            if quick is MISSING:
                self._exact = parse(self.source)
            elif _is_plain(quick) and not _has_negative_zero(self.source):
                self._exact = quick
            else:
                self._exact = _parse_exactly(self.source)
        return self._exact

    @property
    def quick(self) -> Json:
        """Members, texts, booleans and small integers as they are; other numbers may have lost digits or
        spelling."""
        if self._exact is not MISSING:
            return self._exact
        if self._quick is MISSING:
            if not HAVE_ORJSON:
                return self.exact
            try:
                self._quick = orjson.loads(self.source)
            except orjson.JSONDecodeError:
                return self.exact
        return self._quick


def dumps(value: Json) -> str:
    """Compact JSON text in key order: numbers as spelled, doubles as Java writes them, no escapes for
    non-ASCII.

    Raises ValueError for what JSON cannot hold (NaN, infinities, other types, lone surrogates stay as they
    are).
    """
    if HAVE_ORJSON and _is_quick_to_write(value):
        try:
            text = orjson.dumps(value, default=_fragment).decode()
        except orjson.JSONEncodeError:
            text = _write(
                value
            )  # beyond 64 bits, deeper than orjson goes, or really wrong: the exact writer decides
    else:
        text = _write(value)
    if "\u2028" in text or "\u2029" in text:
        text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return text


def _fragment(value: object) -> Any:
    if type(value) is JsonNumber:
        return orjson.Fragment(value.text)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


_QUICK_LEAVES = frozenset([str, int, bool, type(None), JsonNumber])


def _is_quick_to_write(value: Json) -> bool:
    """Whether orjson writes this tree as we do: not so for doubles, which Java spells its own way, and not
    for
    the many other things that it takes and JSON does not know (enums, dates, dataclasses).
    """
    stack: list[Json] = [(value,)]
    while stack:
        container = stack.pop()
        for item in container.values() if isinstance(container, dict) else container:
            kind = type(item)
            if kind in _QUICK_LEAVES:
                continue
            if kind is not dict and kind is not list:
                return False
            stack.append(item)
    return True


def _write(value: Json) -> str:
    """Write without recursion, so that depth cannot matter."""
    out: list[str] = []
    pending: list[Json] = [value]
    while pending:
        item = pending.pop()
        if type(item) is _Verbatim:
            out.append(item.text)
        elif isinstance(item, dict):
            pending.append(_CLOSE_OBJECT)
            entries = list(item.items())
            for number in range(len(entries) - 1, -1, -1):
                name, member = entries[number]
                if not isinstance(name, str):
                    raise ValueError(f"a JSON member name must be text, not {type(name).__name__}")
                pending.append(member)
                pending.append(_Verbatim(f"{',' if number else '{'}{encode_basestring(name)}:"))
            if not entries:
                pending.append(_OPEN_OBJECT)
        elif isinstance(item, list | tuple):
            pending.append(_CLOSE_ARRAY)
            for number in range(len(item) - 1, -1, -1):
                pending.append(item[number])
                pending.append(_COMMA if number else _OPEN_ARRAY)
            if not item:
                pending.append(_OPEN_ARRAY)
        else:
            out.append(_scalar(item))
    return "".join(out)


class _Verbatim:
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


_OPEN_OBJECT, _CLOSE_OBJECT = _Verbatim("{"), _Verbatim("}")
_OPEN_ARRAY, _CLOSE_ARRAY, _COMMA = _Verbatim("["), _Verbatim("]"), _Verbatim(",")


def _scalar(value: Json) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, JsonNumber):
        return value.text
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError(f"{java_double_text(value)} cannot be written as JSON")
        return java_double_text(value)
    if isinstance(value, Decimal):
        return str(value)
    raise ValueError(f"{type(value).__name__} is not a JSON value")


def clone(value: Json) -> Json:
    """Copy containers, share the immutable rest."""
    if isinstance(value, dict):
        return {name: clone(item) if isinstance(item, dict | list) else item for name, item in value.items()}
    if isinstance(value, list):
        return [clone(item) if isinstance(item, dict | list) else item for item in value]
    return value


def java_number(number: JsonNumber) -> int | JsonNumber:
    """The number as Jayway unwraps an object member: `4.00` -> `4.0`, `1E2` -> 100, `12345678.90` ->
    `1.23456789E7`.

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
