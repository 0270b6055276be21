"""Paths beyond Jayway's grammar, left to jsonpath-ng: `$.(a|b)`, `[::2]`, `` `parent` ``, arithmetic.

jsonpath-ng is imported only when such a path turns up.
"""

from __future__ import annotations

import warnings
from typing import Any

from engine.errors import ExpressionError
from engine.expressions.jsonpath.places import Locator, Pointer
from engine.values.json_document import Json

_FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What jsonpath-ng lets through when a path does not suit a document; NotImplementedError is a
RuntimeError."""


def compile_with_jsonpath_ng(text: str) -> Locator | None:
    """A function that finds matches and their places; None when jsonpath-ng cannot read the text either."""
    if not text.lstrip().startswith(("$", "@")):
        return None  # anything goes as a bare name there, so a typing error would pass as a path
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext.parser import parse

    try:
        with warnings.catch_warnings():
            # Some of this syntax is to go in a later major version; that is no news for the user of a flow.
            warnings.simplefilter("ignore", DeprecationWarning)
            path = parse(text)
    except (JSONPathError, *_FAILURES):
        return None

    def find(document: Json) -> list[tuple[Pointer | None, Json]]:
        try:
            return [(_pointer(match), match.value) for match in path.find(document)]
        except (JSONPathError, *_FAILURES) as error:
            raise ExpressionError(f"JSONPath {text} cannot be evaluated on this document: {error}") from error

    return find


def _pointer(match: Any) -> Pointer | None:
    from jsonpath_ng.jsonpath import Fields, Index, Root, This

    keys: list[str | int] = []
    while match is not None:
        step = match.path
        if isinstance(step, Fields) and len(step.fields) == 1:
            keys.append(step.fields[0])
        elif isinstance(step, Index) and len(step.indices) == 1:
            keys.append(step.indices[0])
        elif not isinstance(step, This | Root):
            return None
        match = match.context
    return tuple(reversed(keys))
