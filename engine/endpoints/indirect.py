"""Endpoints by name: `key="..."`, and `key-expression="..."` worked out for each message."""

from __future__ import annotations

from engine.build import Build
from engine.endpoints.base import DELIVERY_ERRORS, Endpoint, not_found
from engine.errors import DeliveryError
from engine.expressions import Expression, ExpressionSyntaxError, compile_xpath
from engine.message.context import MessageContext
from engine.source.document import Place
from engine.source.node import Node


class Indirect(Endpoint):
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

    def ready(self, message: MessageContext) -> bool:
        try:
            return self.target(message).ready(message)
        except DeliveryError:
            return False

    def may_retry(self, message: MessageContext, codes: tuple[int, ...]) -> bool:
        try:
            return self.target(message).may_retry(message, codes)
        except DeliveryError:
            return True

    def recipients(self, message: MessageContext) -> list[Endpoint] | None:
        return self.target(message).recipients(message)

    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        await self.target(message).send(message, blocking=blocking)

    async def deliver(self, message: MessageContext, *, blocking: bool = False) -> bool:
        try:
            target = self.target(message)
        except DELIVERY_ERRORS as error:
            return await self.failed(message, error)
        return await target.deliver(message, blocking=blocking)


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
