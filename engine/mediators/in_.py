"""In mediator: children that run for requests only."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.base import CONTINUE, Flow, Mediator, mediator
from engine.mediators.flow import EMPTY_LIST, MediatorList
from engine.message.context import MessageContext
from engine.source.node import Node


@mediator("in")
class In(Mediator):
    """Run the children when the message is a request."""

    mediators: MediatorList = EMPTY_LIST

    @property
    def content_aware(self) -> bool:
        return False

    async def mediate(self, message: MessageContext) -> Flow:
        return CONTINUE if message.is_response else await self.mediators.run(message)

    @classmethod
    def from_element(cls, node: Node, build: Build) -> In | None:
        mediators = build.mediators(node, name="in")
        node.finish()
        return cls(place=build.place(node), mediators=mediators)
