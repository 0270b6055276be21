"""Send mediator: delivers the message and hands the reply to the out or receiving sequence."""

from __future__ import annotations

import logging

from engine.build import Build
from engine.endpoints.base import Endpoint
from engine.endpoints.default import TO_HEADER
from engine.expressions import Value
from engine.mediators.base import STOP, Flow, Mediator, mediator
from engine.mediators.delivery import out_only
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
        return self.endpoint is not None and self.endpoint.content_aware

    async def mediate(self, message: MessageContext) -> Flow:
        exchange = message.exchange
        if self.endpoint is None and message.is_response:
            await exchange.answer(message)
            return STOP
        endpoint = self.endpoint or TO_HEADER
        if await out_only(message, endpoint):
            return STOP
        await exchange.accept(message)
        receive = self.receive.text(message) if self.receive is not None else None
        await endpoint.send(message)
        if receive is not None:
            sequence = exchange.deployment.sequences.get(receive)
            if sequence is None:
                log.warning("Cannot find a Sequence with name: %s for injecting the response message", receive)
            else:
                message.is_response = True
                message.to = None
                await sequence.run(message)
                return STOP
        if exchange.out_flow is not None and not message.is_response:
            await exchange.out_flow(message)
        else:
            message.is_response = True
            await exchange.answer(message)
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
