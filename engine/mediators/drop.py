"""Drop mediator: ends the flow without an answer of its own."""

from __future__ import annotations

from engine.mediators.base import STOP, Flow, SyncMediator, mediator
from engine.message.context import MessageContext


@mediator("drop")
class Drop(SyncMediator):
    """End the flow; a client that still waits gets 202."""

    @property
    def content_aware(self) -> bool:
        return False

    def apply(self, message: MessageContext) -> Flow:
        message.to = None
        return STOP
