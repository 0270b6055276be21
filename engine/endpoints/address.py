"""`<address uri="...">`: a fixed address, with the rest of the request path behind it."""

from __future__ import annotations

import re

from engine.build import Build
from engine.endpoints.base import Endpoint, endpoint
from engine.endpoints.leaf import EndpointProperty, Leaf, endpoint_postfix, read_properties
from engine.endpoints.message_format import FORMATS, adapt_to_format
from engine.endpoints.quality import Quality, read_quality
from engine.message.context import MessageContext
from engine.message.values import string_of
from engine.source.document import Place
from engine.source.node import Node

_PROPERTY = re.compile(r"\$\{([^}]+)\}")


class Address(Leaf):
    """Sends to one URI; `${name}` in it is a property of the message."""

    __slots__ = ("encoding", "format", "pieces", "uri")

    def __init__(self, name: str | None, place: Place, uri: str, quality: Quality,
                 properties: tuple[EndpointProperty, ...], message_format: str, encoding: str, definition: str) -> None:
        super().__init__(name, place, "Currently , Address", quality, properties, None, definition)
        self.uri = uri
        self.pieces = tuple(_PROPERTY.split(uri)) if "${" in uri else ()
        self.format = message_format
        self.encoding = encoding

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        url = self.uri if not self.pieces else self._filled(message)
        if self.format in ("soap11", "soap12"):
            return url
        return endpoint_postfix(message, method, url)

    def method(self, message: MessageContext) -> str:
        if self.format in ("soap11", "soap12"):
            return "POST"
        return "GET" if self.format == "get" else super().method(message)

    def adapt(self, message: MessageContext) -> None:
        if self.encoding:
            message.axis2["CHARACTER_SET_ENCODING"] = self.encoding
        adapt_to_format(message, self.format)

    def _filled(self, message: MessageContext) -> str:
        """The URI with properties filled in; unset ones stay as they are written."""
        out = []
        for number, piece in enumerate(self.pieces):
            if number % 2 == 0:
                out.append(piece)
            else:
                value = string_of(message.properties.get(piece))
                out.append("${" + piece + "}" if value is None else value)
        return "".join(out)


@endpoint("address")
def read_address(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read an address endpoint."""
    uri = node.attribute("uri", required=True,
                         why='Invalid endpoint definition. "uri" attribute of the address endpoint cannot be empty.')
    message_format = node.choice("format", FORMATS, "", strict=False, fold=True, otherwise="the message leaves as it is")
    node.choice("optimize", ("mtom", "swa"), "", strict=False, fold=True, otherwise="nothing is optimised")
    encoding = node.attribute("encoding") or ""
    quality = read_quality(node, build)
    properties = read_properties(outer, build) + read_properties(node, build)
    for ignored in ("enableAddressing", "enableSec"):
        child = node.child(ignored)
        if child is not None:
            child.accept_anything()
    if uri is None:
        return None
    return Address(name, build.place(node), uri.strip(), quality, properties, message_format, encoding, uri)
