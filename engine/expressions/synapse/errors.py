"""What can go wrong with a `${...}` expression."""

from __future__ import annotations

from engine.values.excerpt import excerpt


class SynapseSyntaxError(ValueError):
    """An expression that cannot be understood. `position` counts characters of the expression from 0."""

    def __init__(self, reason: str, expression: str, position: int) -> None:
        self.reason = reason
        self.expression = expression
        self.position = position
        super().__init__(f"expression {excerpt(expression, position)}: {reason} (character {position + 1})")


class EvaluationError(Exception):
    """An expression has no value for this message; the whole expression is "" then, `exists` is false."""


class EvaluationFault(Exception):
    """An expression fails in a way the reference engine does not catch: the fault sequence runs."""
