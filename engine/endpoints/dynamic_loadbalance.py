"""`<dynamicLoadbalance>` and its kin: read, but this engine has no cluster membership to ask."""

from __future__ import annotations

from engine.build import Build
from engine.endpoints.base import Endpoint, endpoint
from engine.errors import DeliveryError, ErrorCode
from engine.message.context import MessageContext
from engine.source.document import Place
from engine.source.node import Node


class Unavailable(Endpoint):
    """An endpoint whose members cannot be known: every message faults as if none was ready."""

    __slots__ = ("what",)

    def __init__(self, name: str | None, place: Place, what: str) -> None:
        super().__init__(name, place)
        self.what = what

    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        raise DeliveryError(
            f"{self.what} endpoint : {self.label} - no ready child endpoints",
            code=ErrorCode.GROUP_NOT_READY,
            detail=f"<{self.what}> needs something that this engine does not have",
        )

    def ready(self, message: MessageContext) -> bool:
        return False


def read_unavailable(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint:
    """Read an endpoint of a kind that cannot work here: it loads, with a warning."""
    node.accept_anything()
    for beside in ("session", "property"):
        for child in outer.children(beside):
            child.accept_anything()
    node.warning(
        "SYN011",
        f"<{node.tag}> endpoints cannot find their members here; every message faults with ERROR_CODE 303000",
        hint="name the members in a <loadbalance>",
    )
    return Unavailable(name, build.place(node), node.tag)


endpoint("dynamicLoadbalance")(read_unavailable)
