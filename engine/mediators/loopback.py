"""Loopback mediator: turns a request into a response and jumps to the out sequence."""

from __future__ import annotations

from engine.mediators.base import STOP, Flow, Mediator, mediator
from engine.message.context import MessageContext


@mediator("loopback")
class Loopback(Mediator):
    """Continue with the out sequence of the API or proxy; on a response only end the flow."""

    @property
    def content_aware(self) -> bool:
        return False

    async def mediate(self, message: MessageContext) -> Flow:
        if not message.is_response:
            message.is_response = True
            message.to = None
            out_flow = message.exchange.out_flow
            if out_flow is not None:
                await out_flow(message)
        return STOP
