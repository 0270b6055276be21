"""`<default/>`: sends to the address that the message itself names (its To header)."""

from __future__ import annotations

from engine.build import Build
from engine.endpoints.address import read_format
from engine.endpoints.base import Endpoint, endpoint
from engine.endpoints.leaf import Leaf, endpoint_postfix
from engine.endpoints.message_format import SOAP_FORMATS
from engine.endpoints.properties import EndpointProperty, read_properties
from engine.endpoints.quality import Quality, read_quality
from engine.endpoints.suspension import NEVER
from engine.errors import ErrorCode, MediationError
from engine.message.context import MessageContext
from engine.source.document import Place
from engine.source.node import Node


class Default(Leaf):
    """Sends to the message's To address. `postfix`: whether the rest of the request path goes behind it."""

    __slots__ = ("postfix",)

    kind = "Currently , Default"

    def __init__(
        self,
        name: str | None,
        place: Place,
        quality: Quality,
        properties: tuple[EndpointProperty, ...] = (),
        *,
        message_format: str = "",
        encoding: str = "",
        postfix: bool = True,
    ) -> None:
        super().__init__(name, place, quality, properties, message_format=message_format, encoding=encoding)
        self.postfix = postfix

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        to = message.to
        if not to or ":" not in to.partition("/")[0]:
            raise MediationError(
                "The endpoint reference (EPR) for the Operation not found: the message names no address to be "
                f"sent to (To is {to or 'empty'})",
                code=ErrorCode.CALL_FAILED,
            )
        if not self.postfix or self.format in SOAP_FORMATS:
            return to
        return endpoint_postfix(message, method, to, rest=self.format == "rest")


TO_HEADER = Default(None, Place(""), Quality(suspension=NEVER), postfix=False)
"""Where `call` and `send` without an endpoint deliver."""
TO_HEADER.identity = "To"


@endpoint("default")
def read_default(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read a default endpoint."""
    message_format, encoding = read_format(node)
    quality = read_quality(node, build)
    properties = read_properties(outer, build) + read_properties(node, build)
    return Default(name, build.place(node), quality, properties, message_format=message_format, encoding=encoding)
