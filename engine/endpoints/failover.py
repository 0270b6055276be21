"""`<failover>`: the first endpoint that is ready gets the message, the next one when it fails."""

from __future__ import annotations

from collections.abc import Iterable

from engine.build import Build
from engine.endpoints.base import Endpoint, endpoint, read_children
from engine.endpoints.group import Group
from engine.message.context import MessageContext
from engine.source.document import Place
from engine.source.node import Node


class Failover(Group):
    """Children in their order. `dynamic`: go back to the first as soon as it is usable; else stay until it fails."""

    __slots__ = ("dynamic",)

    noun = "Failover"

    def __init__(self, name: str | None, place: Place, children: Iterable[Endpoint], *, dynamic: bool = True) -> None:
        super().__init__(name, place, children)
        self.dynamic = dynamic

    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        states = message.exchange.services.state
        count = len(self.children)
        start = 0 if self.dynamic else states.get(self.identity, 0)
        used = await self.try_each(message, ((start + step) % count for step in range(count)), blocking=blocking)
        if not self.dynamic and used != start:
            states[self.identity] = used


@endpoint("failover")
def read_failover(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read a failover endpoint."""
    dynamic = node.flag("dynamic", True)
    node.flag("buildMessage")
    children = read_children(node, build)
    outer_properties(outer)
    if not children:
        node.error("SYN025", "<failover> needs at least one <endpoint>", hint="put the endpoints to choose from inside")
        return None
    return Failover(name, build.place(node), children, dynamic=dynamic)


def outer_properties(outer: Node) -> None:
    """Properties of a group are read by nobody; its children have their own."""
    for child in outer.children("property"):
        child.accept_anything()
        if child.element.get("name") != "loadbalance.weight":
            child.warning(
                "SYN013",
                "a <property> of a group of endpoints is not set on the message",
                hint="write it in the endpoints of the group",
            )
