"""A compiled `${...}` expression and its evaluation on a message (SynapseExpression, EvaluationContext)."""

from __future__ import annotations

import logging
from functools import lru_cache

from engine.expressions.synapse.ast import Access, Array, Ast, Binary, Call, Conditional, Embedded, Literal
from engine.expressions.synapse.compiler import NotBooleanError, compile_tree
from engine.expressions.synapse.errors import EvaluationError
from engine.expressions.synapse.parser import parse
from engine.expressions.synapse.scope import Scope
from engine.expressions.synapse.texts import LiteralText, text_of
from engine.values.missing import MISSING

logger = logging.getLogger(__name__)


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> SynapseExpression:
    """The expression for this text, with or without `${` and `}`. Raises SynapseSyntaxError."""
    return SynapseExpression(text)


class SynapseExpression:
    """An expression ready to be evaluated; safe to share between messages."""

    __slots__ = ("_conventional", "_evaluate", "needs_payload", "source", "tree")

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree = parse(source)
        self.needs_payload = _needs_payload(self.tree)
        self._evaluate = compile_tree(self.tree, source)
        other = parse(source, conventional=True)
        self._conventional = None if other == self.tree else compile_tree(other, source)

    def __repr__(self) -> str:
        return f"SynapseExpression({self.source!r})"

    def text(self, scope: Scope) -> str:
        """The result as text: "" for null, for what is missing and for a failed evaluation (logged as a
        warning).

        Raises EvaluationFault where the reference engine runs the fault sequence.
        """
        try:
            if self._is_whole_payload():
                value = scope.whole_payload()
            else:
                value = self._value(scope)
            return "" if value is None else text_of(value, scope.xml_text)
        except EvaluationError as error:
            return self._failed(error)

    def value(self, scope: Scope) -> object:
        """The result as str, int, float (a double), bool, JSON, None or XML; "" for a failed evaluation.

        A bare text literal keeps its quotes, as the variable mediator stores them. Raises EvaluationFault.
        """
        if isinstance(self.tree, Literal) and isinstance(self.tree.value, str):
            return self.source[2:-1].strip() if self.source.startswith("${") else self.source.strip()
        try:
            value = scope.whole_payload() if self._is_whole_payload() else self._value(scope)
            if value is MISSING:
                raise EvaluationError("Payload is empty")
        except EvaluationError as error:
            return self._failed(error)
        return str(value) if isinstance(value, LiteralText) else value

    def _is_whole_payload(self) -> bool:
        return isinstance(self.tree, Access) and self.tree.root == "payload" and not self.tree.path

    def _value(self, scope: Scope) -> object:
        try:
            return self._evaluate(scope)
        except NotBooleanError:
            if self._conventional is None:
                raise
            value = self._conventional(scope)
            logger.info("expression %s: and/or read after the comparisons; add parentheses", self.source)
            return value

    def _failed(self, error: EvaluationError) -> str:
        logger.warning("expression %s has no value: %s", self.source, error)
        return ""


def _needs_payload(tree: Ast) -> bool:
    match tree:
        case Literal():
            return False
        case Array(items):
            return any(map(_needs_payload, items))
        case Access(root, _, path):
            return root == "payload" or _path_needs_payload(path)
        case Call(name, arguments, path, wanted):
            return (
                (name == "xpath" and len(arguments) == 1)
                or any(map(_needs_payload, arguments))
                or _path_needs_payload(path)
                or (wanted is not None and _needs_payload(wanted))
            )
        case Binary(_, left, right):
            return _needs_payload(left) or _needs_payload(right)
        case Conditional(condition, then, otherwise):
            return any(map(_needs_payload, (condition, then, otherwise)))


def _path_needs_payload(path: tuple[str | Embedded, ...]) -> bool:
    return any(isinstance(part, Embedded) and _needs_payload(part.inner) for part in path)
