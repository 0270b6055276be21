"""Sequence mediator: runs a deployed sequence, chosen by name or by an expression."""

from __future__ import annotations

from engine.build import Build
from engine.errors import MediationError
from engine.expressions import Value
from engine.mediators.base import Flow, Mediator, mediator
from engine.message.context import MessageContext
from engine.source.node import Node


@mediator("sequence")
class SequenceCall(Mediator):
    """Run the sequence called `key`; looked up for each message, so a reload is seen at once."""

    key: Value

    @property
    def label(self) -> str:
        return f"sequence {self.key.constant}"

    @property
    def content_aware(self) -> bool:
        return self.key.content_aware

    async def mediate(self, message: MessageContext) -> Flow:
        name = self.key.text(message) or ""
        sequence = message.exchange.deployment.sequences.get(name)
        if sequence is None:
            raise MediationError(f"Sequence named {name} cannot be found")
        flow: Flow = await sequence.run(message)
        return flow

    @classmethod
    def from_element(cls, node: Node, build: Build) -> SequenceCall | None:
        key = build.key(node, "key", "sequence")
        if key is None and not node.has("key"):
            node.error(
                "SYN020",
                "A sequence mediator should be a named sequence or a reference to another sequence (i.e. a "
                "name attribute or key attribute is required)",
                hint='write <sequence key="..."/>',
            )
        if node.has("onError") and node.element.get("onError") is not None:
            node.error(
                "SYN027",
                "a reference to a sequence takes no 'onError'",
                attribute="onError",
                hint="put onError on the <sequence name=...> definition",
            )
        node.finish()
        return None if key is None else cls(place=build.place(node), key=key)
