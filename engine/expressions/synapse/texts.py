"""Values of expressions as text, and texts as the numbers they look like (ExpressionResult)."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.expressions.synapse.errors import EvaluationError
from engine.values.java_text import LONG_MAX, LONG_MIN, java_double_text
from engine.values.json_document import JsonNumber, dumps
from engine.values.missing import MISSING

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)


class LiteralText(str):
    """A text written in the expression; its own quotes are off already."""

    __slots__ = ()


def unquoted(text: str) -> str:
    """A text without quotes around it, even when they belong to the data: kept for compatibility."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and type(text) is not LiteralText:
        return text[1:-1]
    return text


def text_of(value: object, xml_text: Callable[[object], str]) -> str:
    """Text of any value; null and MISSING are the caller's business."""
    if isinstance(value, str):
        return str(unquoted(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return value.text if type(value) is JsonNumber else java_double_text(value)
    if isinstance(value, dict | list):
        try:
            return dumps(value)
        except ValueError as error:  # XML among the members: no JSON text
            raise EvaluationError(str(error)) from error
    if value is None or value is MISSING:
        raise EvaluationError("null has no text")
    return xml_text(value)


def number_or_text(text: str) -> object:
    """Headers, properties and parameters are numbers when they look so: `007` -> 7, `1e3` -> 1000.0."""
    if not text or text[-1] not in "0123456789.":
        return text
    if _INTEGER.fullmatch(text) is not None and len(text) <= 20:
        value = int(text)
        if LONG_MIN <= value <= LONG_MAX:
            return value
    return float(text) if _DOUBLE.fullmatch(text) is not None else text
