"""PropertyGroup mediator: several properties in one element."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.base import CONTINUE, Flow, SyncMediator, mediator
from engine.mediators.property import Property
from engine.message.context import MessageContext
from engine.source.node import Node


@mediator("propertyGroup")
class PropertyGroup(SyncMediator):
    """Set or remove several properties, in order."""

    properties: tuple[Property, ...] = ()

    def apply(self, message: MessageContext) -> Flow:
        for each in self.properties:
            each.apply(message)
        return CONTINUE

    @classmethod
    def from_element(cls, node: Node, build: Build) -> PropertyGroup | None:
        read = [Property.from_element(child, build) for child in node.children("property")]
        node.finish()
        return cls(place=build.place(node), properties=tuple(each for each in read if each is not None))
