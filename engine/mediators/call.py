"""Call mediator: delivers the message, waits, and goes on with the reply."""

from __future__ import annotations

from engine.build import Build
from engine.endpoints.base import Endpoint
from engine.endpoints.default import TO_HEADER
from engine.mediators.base import CONTINUE, Flow, Mediator, mediator
from engine.mediators.delivery import out_only
from engine.message.context import MessageContext
from engine.source.node import Node


@mediator("call")
class Call(Mediator):
    """Send the message and continue with the reply in its place."""

    endpoint: Endpoint = TO_HEADER
    blocking: bool = False

    @property
    def content_aware(self) -> bool:
        return self.blocking or self.endpoint.content_aware

    async def mediate(self, message: MessageContext) -> Flow:
        if await out_only(message, self.endpoint):
            return CONTINUE
        await message.exchange.accept(message)
        await self.endpoint.send(message, blocking=self.blocking)
        return CONTINUE

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Call | None:
        blocking = node.flag("blocking")
        for ignored in ("initAxis2ClientOptions", "axis2xml", "repository"):
            node.attribute(ignored)
        child = node.child("endpoint")
        endpoint = build.endpoint(child) if child is not None else TO_HEADER
        node.finish(known_children=("source", "target"))
        return None if endpoint is None else cls(place=build.place(node), endpoint=endpoint, blocking=blocking)
