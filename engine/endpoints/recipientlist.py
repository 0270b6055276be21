"""`<recipientlist>`: every endpoint gets a copy of the message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from engine.build import Build
from engine.endpoints.address import Address
from engine.endpoints.base import DELIVERY_ERRORS, Endpoint, endpoint
from engine.endpoints.failover import outer_properties
from engine.endpoints.group import Group
from engine.endpoints.loadbalance import read_members_or_endpoints
from engine.endpoints.quality import Quality
from engine.expressions import Value
from engine.message.context import MessageContext
from engine.source.document import Place
from engine.source.node import Node


class RecipientList(Group):
    """Copies go out side by side; `addresses`, when given, is a comma-separated list of URLs worked out per message."""

    __slots__ = ("addresses",)

    noun = "Recipient List"

    def __init__(
        self, name: str | None, place: Place, children: Iterable[Endpoint], addresses: Value | None = None
    ) -> None:
        super().__init__(name, place, children)
        self.addresses = addresses

    @property
    def content_aware(self) -> bool:
        return super().content_aware or (self.addresses is not None and self.addresses.content_aware)

    def ready(self, message: MessageContext) -> bool:
        return self.addresses is not None or super().ready(message)

    async def recipients(self, message: MessageContext) -> list[Endpoint] | None:
        found = list(self.children)
        if self.addresses is not None:
            texts = (self.addresses.text(message) or "").split(",")
            found += [self._at(text.strip()) for text in texts if text.strip()]
        usable = [child for child in found if child.ready(message)]
        if not usable:
            raise self.none_ready()
        return usable

    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        """Send to all; the first of them that answered, in their order, gives the reply, the others are thrown away.

        Raises the first fault when none of them took the message.
        """
        recipients = await self.recipients(message) or []
        copies = [await message.clone() for _ in recipients]
        results = await asyncio.gather(
            *(child.send(copy, blocking=blocking) for child, copy in zip(recipients, copies, strict=True)),
            return_exceptions=True,
        )
        taken = False
        for copy, result in zip(copies, results, strict=True):
            if isinstance(result, BaseException):
                if not isinstance(result, DELIVERY_ERRORS):
                    raise result
            elif taken:
                await copy.payload.body.aclose()
            else:
                taken = True
                message.payload, message.headers, message.axis2 = copy.payload, copy.headers, copy.axis2
                message.addressing, message.replied, message.fault = copy.addressing, copy.replied, copy.fault
        if not taken:
            raise next(result for result in results if isinstance(result, BaseException))

    def _at(self, url: str) -> Endpoint:
        made = Address(None, self.place, url, Quality())
        made.identity = f"{self.identity} {url}"
        return made


@endpoint("recipientlist")
def read_recipientlist(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read a recipient list."""
    listed = node.child("endpoints")
    addresses: Value | None = None
    if listed is not None:
        addresses = build.value(listed, "value", required=True, why="it lists the addresses")
        listed.integer("max-cache", minimum=0, strict=False)
        listed.finish()
    missing = "<recipientlist> has no <endpoint>, <member> or <endpoints>"
    children = [] if listed is not None else read_members_or_endpoints(node, build, missing)
    outer_properties(outer)
    if not children and addresses is None:
        return None
    return RecipientList(name, build.place(node), children, addresses)
