"""`<default/>`: sends to the address that the message itself names (its To header)."""

from __future__ import annotations

from engine.build import Build
from engine.endpoints.base import Endpoint, endpoint
from engine.endpoints.leaf import Leaf, endpoint_postfix, read_properties
from engine.endpoints.message_format import FORMATS, adapt_to_format
from engine.endpoints.quality import Quality, read_quality
from engine.errors import ErrorCode, MediationError
from engine.message.context import MessageContext
from engine.source.document import Place
from engine.source.node import Node


class Default(Leaf):
    """Sends to the message's To address."""

    __slots__ = ("format", "postfix")

    def __init__(self, name: str | None, place: Place, quality: Quality, message_format: str = "", *, postfix: bool = True) -> None:
        super().__init__(name, place, "Currently, Default", quality)
        self.format = message_format
        self.postfix = postfix

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        to = message.to
        if not to or "://" not in to:
            raise MediationError(f"The endpoint reference (EPR) for the Operation not found: the message names no address to be "
                                 f"sent to (To is {to or 'empty'})", code=ErrorCode.CALL_FAILED)
        return endpoint_postfix(message, method, to) if self.postfix else to

    def adapt(self, message: MessageContext) -> None:
        adapt_to_format(message, self.format)


TO_HEADER = Default(None, Place(""), Quality(), postfix=False)
"""Where `call` and `send` without an endpoint deliver."""


@endpoint("default")
def read_default(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read a default endpoint."""
    message_format = node.choice("format", FORMATS, "", strict=False, fold=True)
    node.attribute("encoding")
    node.attribute("optimize")
    quality = read_quality(node, build)
    properties = read_properties(outer, build) + read_properties(node, build)
    made = Default(name, build.place(node), quality, message_format)
    made.properties = properties
    return made
