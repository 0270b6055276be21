"""A JSONPath asked of a JSON payload: skimmed where that is enough, else read from the parsed document."""

from __future__ import annotations

from engine.expressions.jsonpath import JsonPath
from engine.message.payload import Payload
from engine.values.java_text import java_text
from engine.values.json_skim import UNKNOWN, Skimmed
from engine.values.missing import MISSING


def text_in(payload: Payload, path: JsonPath) -> str:
    """The answer as text (see `JsonPath.text`). Raises PayloadError when the payload is not JSON."""
    found = _skimmed(payload, path)
    if found is UNKNOWN:
        return path.text_of(payload.document())
    if isinstance(found, str):
        return found
    return "" if found is MISSING else java_text(found)


def scalar_in(payload: Payload, path: JsonPath) -> str | bool | int | None:
    """The answer of a definite path when it is a text, a boolean or a small positive integer; None for all else.

    Raises PayloadError when the payload is not JSON.
    """
    found = _skimmed(payload, path)
    if found is UNKNOWN:
        return path.scalar_of(payload.document())
    return None if found is MISSING else found


def _skimmed(payload: Payload, path: JsonPath) -> Skimmed:
    return UNKNOWN if path.skim is None else payload.skim(path.skim)
