"""What groups of endpoints share: trying one child after the other."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from engine.endpoints.base import DELIVERY_ERRORS, Abandoned, Endpoint
from engine.errors import DeliveryError, ErrorCode, TransportError
from engine.message.context import MessageContext
from engine.source.document import Place

log = logging.getLogger("synflow.endpoint")


class Group(Endpoint):
    """Endpoints of which one at a time gets the message."""

    __slots__ = ("children",)

    noun = ""
    """How messages call this kind of group."""

    def __init__(self, name: str | None, place: Place, children: Iterable[Endpoint]) -> None:
        super().__init__(name, place)
        self.children = tuple(children)

    @property
    def content_aware(self) -> bool:
        return any(child.content_aware for child in self.children)

    def ready(self, message: MessageContext) -> bool:
        return any(child.ready(message) for child in self.children)

    async def try_each(
        self, message: MessageContext, order: Iterable[int], *, blocking: bool, failover: bool = True
    ) -> int:
        """Send to the children in this order until one delivers; returns which did.

        Each gets the message as the group got it, its body too. A child that is not ready is passed over. Raises the
        last child's fault, DeliveryError (303000) when none was ready.
        """
        if len(self.children) > 1:
            await message.exchange.services.formats.collect(message)
        payload, headers, axis2, addressing = message.payload, message.headers, dict(message.axis2), message.addressing
        failure: TransportError | DeliveryError | None = None
        for number in order:
            child = self.children[number]
            if not child.ready(message):
                continue
            if failure is not None:
                log.warning("endpoint %s: %s failed, %s is tried", self.label, failure.message, child.label)
                message.payload, message.headers, message.addressing = payload, headers, addressing
                message.axis2 = dict(axis2)
            try:
                await child.send(message, blocking=blocking)
            except DELIVERY_ERRORS as error:
                if isinstance(error, Abandoned) or not failover or not child.may_retry(message, error.codes):
                    raise
                failure = error
            else:
                return number
        raise failure or self.none_ready()

    def none_ready(self) -> DeliveryError:
        """The fault when every child rests."""
        return DeliveryError(
            f"{self.noun} endpoint : {self.label} - no ready child endpoints",
            code=ErrorCode.GROUP_NOT_READY,
            detail="its endpoints: " + ", ".join(child.label for child in self.children),
        )
