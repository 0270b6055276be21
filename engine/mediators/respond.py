"""Respond mediator: sends the message to the client as it is now."""

from __future__ import annotations

from engine.mediators.base import STOP, Flow, Mediator, mediator
from engine.message.context import MessageContext


@mediator("respond")
class Respond(Mediator):
    """Send the message to the client and end the flow."""

    @property
    def content_aware(self) -> bool:
        return False

    async def mediate(self, message: MessageContext) -> Flow:
        message.to = None
        message.is_response = True
        await message.exchange.answer(message)
        return STOP
