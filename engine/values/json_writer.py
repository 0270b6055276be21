"""JSON values to text: compact, spelled as the reference engine (Gson) does."""

from __future__ import annotations

from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from engine.values.java_text import java_double_text
from engine.values.json_number import Json, JsonNumber

try:
    import orjson
except ModuleNotFoundError:  # optional: the same text comes slower without it
    HAVE_ORJSON = False
else:
    HAVE_ORJSON = True


def dumps(value: Json) -> str:
    """Compact JSON text in key order: numbers as spelled, doubles as Java writes them, non-ASCII as it is.

    Raises ValueError for what JSON cannot hold: NaN, infinities, other types.
    """
    if HAVE_ORJSON and _is_quick_to_write(value):
        try:
            text = orjson.dumps(value, default=_fragment).decode()
        except orjson.JSONEncodeError:
            # Beyond 64 bits, deeper than orjson goes, half a character, or really wrong: the exact writer
            # decides.
            text = _write(value)
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
    """Whether orjson writes this tree as we do.

    Not so for doubles, which Java spells its own way, nor for what it takes and JSON does not know: enums,
    dates.
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
