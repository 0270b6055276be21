"""ThrowError mediator: ends the flow with a fault of the flow's own."""

from __future__ import annotations

from engine.build import Build
from engine.errors import MediationError
from engine.expressions import Value
from engine.mediators.base import Flow, SyncMediator, mediator
from engine.message.context import MessageContext
from engine.source.node import Node

DEFAULT_MESSAGE = Value("Error occurred in the mediation flow")


@mediator("throwError")
class ThrowError(SyncMediator):
    """Raise a fault with ERROR_CODE `type` and ERROR_MESSAGE `errorMessage`; ERROR_DETAIL stays unset."""

    type: str = "ANY"
    message: Value = DEFAULT_MESSAGE

    @property
    def content_aware(self) -> bool:
        return self.message.content_aware

    def apply(self, message: MessageContext) -> Flow:
        text = self.message.text(message) or ""
        message.properties["ERROR_CODE"] = self.type
        message.properties["ERROR_MESSAGE"] = text
        raise MediationError(text, code=self.type)

    @classmethod
    def from_element(cls, node: Node, build: Build) -> ThrowError | None:
        kind = node.attribute("type", "ANY") or "ANY"
        text = build.value(node, "errorMessage")
        node.finish()
        return cls(place=build.place(node), type=kind, message=text or DEFAULT_MESSAGE)
