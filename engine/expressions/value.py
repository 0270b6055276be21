"""Attributes and parameters that hold a constant or, between braces, an expression (ValueFactory)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.expressions.base import Expression, ExpressionSyntaxError
from engine.message.context import MessageContext
from engine.values.json_document import JsonSyntaxError, parse


class Value:
    """A constant, `{expression}` or `{{expression}}` (handed over unevaluated, for the callee to evaluate)."""

    __slots__ = ("constant", "deferred", "expression")

    def __init__(self, constant: str, expression: Expression | None = None, *, deferred: bool = False) -> None:
        self.constant = constant
        self.expression = expression
        self.deferred = deferred

    @property
    def dynamic(self) -> bool:
        """Whether there is an expression to evaluate."""
        return self.expression is not None

    @property
    def content_aware(self) -> bool:
        """Whether the payload must have been read first."""
        return self.expression is not None and self.expression.content_aware

    def text(self, message: MessageContext) -> str | None:
        """The constant, or the expression's text."""
        return self.constant if self.expression is None else self.expression.text(message)

    def object(self, message: MessageContext) -> object | None:
        """As a template or connector parameter sees it: json-eval and `${}` as text, of an XPath the first node."""
        return self.constant if self.expression is None else self.expression.handed_over(message)


_LOOKS_DYNAMIC = re.compile(
    r"\{?\$\{[^{}]*\}\}?|\{?\$(?:ctx|trp|axis2|func|url):[\w.-]+\}?|\{?(?:json-eval|get-property)\(.*\)\}?"
)


def looks_dynamic(text: str) -> bool:
    """Whether a constant looks as if its author wanted it to be evaluated."""
    return ("$" in text or "(" in text) and _LOOKS_DYNAMIC.fullmatch(text.strip()) is not None


def literal_doubt(text: str) -> tuple[str, str] | None:
    """Why a constant was hardly meant to be one, and what to write instead; None when it looks fine."""
    if "{" not in text and "}" not in text and "$" not in text and "(" not in text:
        return None
    stripped = text.strip()
    if stripped.startswith("{") and not stripped.endswith("}"):
        return "begins with '{' but does not end with '}', so it is taken as it stands", "close the brace"
    if stripped.endswith("}") and stripped.startswith(("$ctx:", "$trp:", "$axis2:", "$func:", "$url:", "json-eval(")):
        return "ends with '}' but does not begin with '{', so it is taken as it stands", "put a { before it"
    if looks_dynamic(text) or (stripped.startswith("${") and "}" not in stripped):
        return "is taken as it stands and not evaluated", "put braces around the whole expression: {" + stripped + "}"
    return None


def is_dynamic(text: str) -> bool:
    """Whether a text may be an expression: its first character is `{` and its last is `}`."""
    return len(text) >= 2 and text[0] == "{" and text[-1] == "}"


def compile_value(text: str, namespaces: Mapping[str, str]) -> Value:
    """Compile an attribute or parameter text. Raises ExpressionSyntaxError.

    Only a text whose first character is `{` and whose last is `}` is dynamic; blanks around it defeat that, and a
    bare `${...}` is a constant, as in the reference engine.
    """
    if not is_dynamic(text):
        return Value(text)
    from engine.expressions.compiler import compile_expression

    inner = text[1:-1]
    if inner[:1] == "{" and inner[-1:] == "}":
        return Value(inner, compile_expression(inner[1:-1], namespaces), deferred=True)
    try:
        return Value(text, compile_expression(inner, namespaces))
    except ExpressionSyntaxError:
        if not is_json_object(text):
            raise
        return Value(text)


def is_json_object(text: str) -> bool:
    """Whether a text between braces is a JSON object, which the reference engine tries to read as XPath."""
    try:
        return isinstance(parse(text), dict)
    except JsonSyntaxError:
        return False
