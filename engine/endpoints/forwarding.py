"""Endpoints that stand for another one, found for each message."""

from __future__ import annotations

from engine.endpoints.base import Endpoint
from engine.errors import DeliveryError
from engine.message.context import MessageContext


class Forwarding(Endpoint):
    """Passes everything on to its target, whose payload needs are known only now."""

    __slots__ = ()

    def target(self, message: MessageContext) -> Endpoint:
        """The endpoint meant. Raises DeliveryError (305100) when there is none."""
        raise NotImplementedError

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

    async def recipients(self, message: MessageContext) -> list[Endpoint] | None:
        try:
            target = await self._prepared(message)
        except DeliveryError:
            return None  # `deliver` tells of it
        return await target.recipients(message)

    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        await (await self._prepared(message)).send(message, blocking=blocking)

    async def deliver(self, message: MessageContext, *, blocking: bool = False) -> bool:
        try:
            target = await self._prepared(message)
        except DeliveryError as error:
            return await self.failed(message, error)
        return await target.deliver(message, blocking=blocking)

    async def _prepared(self, message: MessageContext) -> Endpoint:
        target = self.target(message)
        if target.reads_body and not message.payload.built:
            await message.build()
        return target
