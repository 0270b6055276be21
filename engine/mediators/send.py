"""Send mediator: delivers the message and hands the reply to the out or receiving sequence."""

from __future__ import annotations

import logging

from engine.build import Build
from engine.endpoints.base import Endpoint
from engine.endpoints.default import TO_HEADER
from engine.expressions import Value
from engine.mediators.base import STOP, Flow, Mediator, mediator
from engine.mediators.delivery import out_only, to_each
from engine.message.context import MessageContext
from engine.source.node import Node

log = logging.getLogger("synflow.mediation")


@mediator("send")
class Send(Mediator):
    """Send the message; the flow ends here and the reply goes on elsewhere. On the response path: answer the client."""

    endpoint: Endpoint | None = None
    receive: Value | None = None

    @property
    def content_aware(self) -> bool:
        if self.receive is not None and self.receive.content_aware:
            return True
        return self.endpoint is not None and self.endpoint.content_aware

    async def mediate(self, message: MessageContext) -> Flow:
        exchange = message.exchange
        endpoint = self.endpoint
        if endpoint is None:
            if message.is_response:
                await exchange.answer(message)
                return STOP
            endpoint = TO_HEADER
        await exchange.accept(message)
        if await out_only(message, endpoint):
            return STOP
        receive = self.receive.text(message) if self.receive is not None else None
        handed = _Handed(receive, on_response=message.is_response)
        recipients = await endpoint.recipients(message)
        if recipients is not None:
            await to_each(message, recipients, handed.over)
        elif await endpoint.deliver(message):
            await handed.over(message)
        return STOP

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Send | None:
        receive = build.key(node, "receive", "sequence")
        node.attribute("buildmessage")
        child = node.child("endpoint")
        endpoint = build.endpoint(child) if child is not None else None
        node.finish()
        if child is not None and endpoint is None:
            return None
        return cls(place=build.place(node), endpoint=endpoint, receive=receive)


class _Handed:
    """Where replies go: the receiving sequence, the out sequence, or the client when the response path sent them."""

    __slots__ = ("on_response", "receive")

    def __init__(self, receive: str | None, *, on_response: bool) -> None:
        self.receive = receive
        self.on_response = on_response

    async def over(self, message: MessageContext) -> None:
        exchange = message.exchange
        message.to = None
        if self.receive is not None:
            sequence = exchange.deployment.sequences.get(self.receive)
            if sequence is not None:
                message.is_response = True
                await sequence.run(message)
                return
            log.warning("Cannot find a Sequence with name: %s for injecting the response message", self.receive)
        if exchange.out_flow is not None and not self.on_response:
            await exchange.out_flow(message)
            return
        message.is_response = True
        await exchange.answer(message)
