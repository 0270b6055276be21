"""Out mediator: children that run for responses only."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.base import CONTINUE, Flow, Mediator, mediator
from engine.mediators.flow import EMPTY_LIST, MediatorList
from engine.message.context import MessageContext
from engine.source.node import Node


@mediator("out")
class Out(Mediator):
    """Run the children when the message is a response."""

    mediators: MediatorList = EMPTY_LIST

    @property
    def content_aware(self) -> bool:
        return False

    async def mediate(self, message: MessageContext) -> Flow:
        return await self.mediators.run(message) if message.is_response else CONTINUE

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Out | None:
        mediators = build.mediators(node, name="out")
        node.finish()
        return cls(place=build.place(node), mediators=mediators)
