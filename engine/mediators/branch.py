"""A branch of a flow mediator: inline mediators, or a sequence by name."""

from __future__ import annotations

from engine.build import Build
from engine.errors import MediationError
from engine.expressions import Value
from engine.mediators.base import Flow
from engine.mediators.flow import MediatorList
from engine.message.context import MessageContext
from engine.source.node import Node


class Branch:
    """What a condition leads to."""

    __slots__ = ("key", "mediators", "what")

    def __init__(self, mediators: MediatorList, key: Value | None = None, what: str = "") -> None:
        self.mediators = mediators
        self.key = key
        self.what = what

    async def run(self, message: MessageContext) -> Flow:
        """Run the branch. Raises MediationError when the sequence it names is not deployed."""
        if self.key is None:
            return await self.mediators.run(message)
        name = self.key.text(message) or ""
        sequence = message.exchange.deployment.sequences.get(name)
        if sequence is None:
            raise MediationError(f"Couldn't find the referred {self.what} sequence with key : {name}")
        flow: Flow = await sequence.run(message)
        return flow


def read_branch(node: Node, build: Build, what: str, attribute: str = "sequence") -> Branch:
    """Compile `<then sequence="key"/>` or `<then>mediators</then>`; the attribute wins."""
    key = build.key(node, attribute, "sequence")
    mediators = build.mediators(node, name=what)
    node.finish()
    return Branch(mediators, key, what)
