"""What can go wrong with a JSONPath."""

from __future__ import annotations

from engine.values.excerpt import excerpt


class JsonPathSyntaxError(ValueError):
    """A path that cannot be understood. `position` counts characters of the expression from 0."""

    def __init__(self, reason: str, expression: str, position: int) -> None:
        self.reason = reason
        self.expression = expression
        self.position = position
        super().__init__(f"JSONPath {excerpt(expression, position)}: {reason} (character {position + 1})")


class PathNotFoundError(LookupError):
    """The path leads nowhere in this document, so nothing can be changed there."""


class JsonPathEditError(ValueError):
    """The document cannot be changed at this path in the way asked for."""
