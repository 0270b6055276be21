"""Call mediator: delivers the message, waits, and goes on with the reply."""

from __future__ import annotations

import logging

from engine.build import Build
from engine.endpoints.base import Endpoint
from engine.endpoints.default import TO_HEADER
from engine.mediators.base import CONTINUE, STOP, Flow, Mediator, mediator
from engine.mediators.call_source import CallSource, read_source
from engine.mediators.call_target import CallTarget, read_target
from engine.mediators.delivery import out_only
from engine.message.context import MessageContext
from engine.source.node import Node

log = logging.getLogger("synflow.mediation")


@mediator("call")
class Call(Mediator):
    """Send the message and continue with the reply in its place, or with the reply kept in a property or variable."""

    endpoint: Endpoint = TO_HEADER
    blocking: bool = False
    source: CallSource | None = None
    target: CallTarget | None = None

    @property
    def content_aware(self) -> bool:
        return self.blocking or self.endpoint.content_aware or (self.source is not None and self.source.content_aware)

    async def mediate(self, message: MessageContext) -> Flow:
        if self.source is None and self.target is None:
            return await self._call(message)
        if self.target is None:
            assert self.source is not None
            await self.source.apply(message)
            return await self._call(message)
        kept = await self.target.keep(message)
        if self.source is not None:
            await self.source.apply(message)
        flow = await self._call(message)
        if flow is CONTINUE and not _is_out_only(message):
            await self.target.store(message, kept)
        return flow

    async def _call(self, message: MessageContext) -> Flow:
        await message.exchange.accept(message)
        if await out_only(message, self.endpoint):
            return CONTINUE
        return CONTINUE if await self.endpoint.deliver(message, blocking=self.blocking) else STOP

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Call | None:
        blocking = node.flag("blocking")
        for ignored in ("initAxis2ClientOptions", "axis2xml", "repository"):
            node.attribute(ignored)
        child = node.child("endpoint")
        endpoint = build.endpoint(child) if child is not None else TO_HEADER
        source_node, target_node = node.child("source"), node.child("target")
        source = read_source(source_node, build) if source_node is not None else None
        target = read_target(target_node) if target_node is not None else None
        node.finish()
        if (
            endpoint is None
            or (source_node is not None and source is None)
            or (target_node is not None and target is None)
        ):
            return None
        return cls(
            place=build.place(node),
            endpoint=endpoint,
            blocking=blocking,
            source=source,
            target=target if target is not None and target.type != "body" else None,
        )


def _is_out_only(message: MessageContext) -> bool:
    return message.properties.get("OUT_ONLY") in ("true", True)
