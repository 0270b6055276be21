"""Endpoints by name: `key="..."`, and `key-expression="..."` worked out for each message."""

from __future__ import annotations

from engine.build import Build
from engine.endpoints.base import Endpoint, not_found
from engine.endpoints.forwarding import Forwarding
from engine.expressions import Expression, ExpressionSyntaxError, compile_xpath
from engine.message.context import MessageContext
from engine.source.document import Place
from engine.source.node import Node


class Indirect(Forwarding):
    """The endpoint deployed under a key, looked up for each message."""

    __slots__ = ("expression", "key")

    def __init__(self, key: str, expression: Expression | None, place: Place) -> None:
        super().__init__(key, place)
        self.key = key
        self.expression = expression

    @property
    def content_aware(self) -> bool:
        return self.expression is not None and self.expression.content_aware

    def target(self, message: MessageContext) -> Endpoint:
        """The endpoint meant. Raises DeliveryError (305100) when it is not deployed."""
        key = self.key if self.expression is None else self.expression.text(message) or ""
        found: Endpoint | None = message.exchange.deployment.endpoints.get(key)
        if found is None:
            raise not_found(key)
        return found


def read_indirect(name: str | None, node: Node, build: Build) -> Endpoint | None:
    """An `<endpoint key=.../>` or `<endpoint key-expression=.../>`; None when it is wrong."""
    if node.has("key"):
        key = node.attribute("key", required=True, why="Given entry key is empty or null.")
        if key is None:
            return None
        build.refer("endpoint", key, node, "key")
        return Indirect(key, None, build.place(node))
    text = node.attribute("key-expression", required=True)
    if text is None:
        return None
    if text.startswith(("json-eval(", "${")):
        node.error(
            "SYN030",
            "key-expression takes XPath only",
            attribute="key-expression",
            hint="put the value in a property and write get-property('name')",
        )
        return None
    try:
        return Indirect(text, compile_xpath(text, node.namespaces), build.place(node))
    except ExpressionSyntaxError as error:
        node.error(error.code, str(error), attribute="key-expression", hint=error.hint)
        return None
