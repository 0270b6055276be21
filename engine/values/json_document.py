"""JSON read with nothing lost and written as the reference engine (Gson) spells it.

Integers within 64 bits are int. Every other number is a JsonNumber, a float that remembers its spelling, so
`4.00`, `1E2` and `12345678901234567890` come out as they went in. Of duplicate keys the last one wins.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import islice

from engine.values.java_text import LONG_MAX, LONG_MIN
from engine.values.json_number import Json, JsonNumber, java_number
from engine.values.json_writer import dumps
from engine.values.missing import MISSING, Missing

try:
    import orjson
except ModuleNotFoundError:  # optional: the same results come slower without it
    HAVE_ORJSON = False
else:
    HAVE_ORJSON = True

__all__ = [
    "LARGE",
    "MAX_DEPTH",
    "MAX_NUMBER",
    "Json",
    "JsonDocument",
    "JsonNumber",
    "JsonSyntaxError",
    "clone",
    "dumps",
    "java_number",
    "json_document",
    "parse",
    "parse_exactly",
    "quickly",
]

MAX_DEPTH = 255
"""Deepest nesting accepted; Gson's own limit."""

MAX_NUMBER = 1024
"""Characters a number may have; Gson's limit too (the size of its buffer)."""

LARGE = 1 << 19
"""Bytes from which on a document is read in slices (`engine.values.json_slices`); less takes no more than 10 ms."""

_QUICK_DIGITS = 18
_TOKENS_LOOKED_AT = 100_000
LONG_NUMBER = "a number of"
_BRACKET = r"[\[\]{}]"
_CONSTANT = r"NaN|-?Infinity"
_LONG_NUMBER = r"[-+.0-9eE]{1025,}"
_NEGATIVE_ZERO = re.compile(r"(?:^|[\s:,\[])-0")
_NEGATIVE_ZERO_BYTES = re.compile(rb"(?:^|[\s:,\[])-0")


class JsonSyntaxError(ValueError):
    """Text that is not JSON. `line` and `column` count from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        self.reason = reason
        self.line = line
        self.column = column
        super().__init__(f"not valid JSON: {reason} at line {line}, column {column}")


def parse(text: str | bytes | bytearray) -> Json:
    """Read one JSON document; bytes are UTF-8 (a byte order mark is skipped).

    Raises JsonSyntaxError, a ValueError, for anything else, nesting beyond MAX_DEPTH included.
    """
    if HAVE_ORJSON and not _has_negative_zero(text):
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return parse_exactly(text)  # for the better message, and for what only the other reader takes
        if _is_plain(value):
            return value
    return parse_exactly(text)


def quickly(text: bytes) -> Json:
    """Texts, booleans and small integers as they are; other numbers may have lost digits or spelling.

    Raises JsonSyntaxError as `parse` does.
    """
    if HAVE_ORJSON:
        try:
            value: Json = orjson.loads(text)
        except orjson.JSONDecodeError:
            return parse_exactly(text)
        return value
    return parse_exactly(text)


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
    if len(text) > MAX_NUMBER:
        raise ValueError(long_number(len(text)))
    if len(text) <= _QUICK_DIGITS:
        return int(text) if text != "-0" else JsonNumber(text)
    if len(text) <= 20 and LONG_MIN <= (value := int(text)) <= LONG_MAX:
        return value
    return JsonNumber(text)


def _decimal(text: str) -> JsonNumber:
    if len(text) > MAX_NUMBER:
        raise ValueError(long_number(len(text)))
    return JsonNumber(text)


def long_number(length: int) -> str:
    """What is wrong with a number of so many characters."""
    return f"{LONG_NUMBER} {length} characters; {MAX_NUMBER} are the most"


def _constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON number")


_decoder = json.JSONDecoder(parse_float=_decimal, parse_int=_integer, parse_constant=_constant)


def without_marks(data: bytes) -> bytes:
    """The text without the byte order marks at its beginning; up to two are passed over."""
    return data.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF8)


def not_utf8(before: bytes) -> JsonSyntaxError:
    """The error for a byte that is no UTF-8, given all bytes before it."""
    return JsonSyntaxError("bytes that are not UTF-8", before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))


def parse_exactly(text: str | bytes | bytearray) -> Json:
    """What `parse` answers, without a try at the quick way."""
    if not isinstance(text, str):
        data = without_marks(bytes(text))
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise not_utf8(data[: error.start]) from error
    else:
        text = text.removeprefix("\ufeff")
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise JsonSyntaxError(_reason(error, text), error.lineno, error.colno) from None
    except RecursionError:
        raise _too_deep(text) from None
    except ValueError as error:
        raise _bad_number(text, str(error)) from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth_exceeded(value):
        raise _too_deep(text)
    return value


def _reason(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text):
        return "the text ends too early" if text.strip() else "the text is empty"
    return error.msg[:1].lower() + error.msg[1:].removesuffix(" starting at")


def _bad_number(text: str, reason: str) -> JsonSyntaxError:
    """The error for a number or word of which the decoder told no place."""
    words = _LONG_NUMBER if reason.startswith(LONG_NUMBER) else _CONSTANT
    return _error_at(text, next((at for at, _ in _outside_strings(text, words)), 0), reason)


def _too_deep(text: str) -> JsonSyntaxError:
    depth = 0
    place = 0
    for at, char in _outside_strings(text, _BRACKET):
        depth += 1 if char in "[{" else -1
        if depth > MAX_DEPTH:
            place = at
            break
    return _error_at(text, place, f"nested deeper than {MAX_DEPTH} levels")


def _error_at(text: str, place: int, reason: str) -> JsonSyntaxError:
    line = text.count("\n", 0, place) + 1
    return JsonSyntaxError(reason, line, place - text.rfind("\n", 0, place))


def _outside_strings(text: str, wanted: str) -> Iterator[tuple[int, str]]:
    """Places and texts of what matches `wanted` outside strings; not beyond the first 100,000 tokens, for speed."""
    tokens = re.compile(r'"(?:[^"\\]|\\.)*+"|(' + wanted + ")", re.DOTALL)
    for token in islice(tokens.finditer(text), _TOKENS_LOOKED_AT):
        if token[1] is not None:
            yield token.start(), token[1]


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

    @classmethod
    def of(cls, value: Json) -> JsonDocument:
        """A document that was read or made already."""
        document = cls("")
        document._exact = value
        return document

    def changed(self, value: Json) -> JsonDocument:
        """The document with another value, or with its own after that was changed in place."""
        return JsonDocument.of(value)

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
                self._exact = parse_exactly(self.source)
        return self._exact

    @property
    def quick(self) -> Json:
        """Texts, booleans and small integers as they are; other numbers may have lost digits or spelling."""
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


def json_document(source: str | bytes) -> JsonDocument:
    """The document of a text of any size; reading a large one lets other threads run."""
    if len(source) < LARGE:
        return JsonDocument(source)
    from engine.values.json_slices import LargeDocument  # seldom needed, and not at the start

    return LargeDocument(source)


def clone(value: Json) -> Json:
    """Copy containers, share the immutable rest."""
    if isinstance(value, dict):
        return {name: clone(item) if isinstance(item, dict | list) else item for name, item in value.items()}
    if isinstance(value, list):
        return [clone(item) if isinstance(item, dict | list) else item for item in value]
    return value
