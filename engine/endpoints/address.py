"""`<address uri="...">`: a fixed address, with the rest of the request path behind it."""

from __future__ import annotations

import re

from engine.build import Build
from engine.endpoints.base import Endpoint, endpoint
from engine.endpoints.destination import check_address, deployed
from engine.endpoints.leaf import Leaf, endpoint_postfix
from engine.endpoints.message_format import FORMATS, SOAP_FORMATS
from engine.endpoints.properties import EndpointProperty, read_properties
from engine.endpoints.quality import Quality, read_quality
from engine.message.context import MessageContext
from engine.message.values import string_of
from engine.source.document import Place
from engine.source.node import Node

_PROPERTY = re.compile(r"\$\{([^}]+)\}")


class Address(Leaf):
    """Sends to one URI; `${name}` in it is a property of the message."""

    __slots__ = ("pieces", "uri")

    kind = "Currently , Address"

    def __init__(
        self,
        name: str | None,
        place: Place,
        uri: str,
        quality: Quality,
        properties: tuple[EndpointProperty, ...] = (),
        *,
        message_format: str = "",
        encoding: str = "",
    ) -> None:
        super().__init__(name, place, quality, properties, message_format=message_format, encoding=encoding)
        self.uri = uri
        self.pieces = tuple(_PROPERTY.split(uri)) if "${" in uri else ()

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        url = self.uri if not self.pieces else self._filled(message)
        if self.format in SOAP_FORMATS:
            return url
        return endpoint_postfix(message, method, url, rest=self.format == "rest")

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


def read_format(node: Node) -> tuple[str, str]:
    """The `format` and `encoding` of an address, default or wsdl endpoint."""
    message_format = node.choice(
        "format", FORMATS, "", strict=False, fold=True, otherwise="the message leaves as it is"
    )
    node.choice("optimize", ("mtom", "swa"), "", strict=False, fold=True, otherwise="nothing is optimised")
    return message_format, node.attribute("encoding") or ""


@endpoint("address")
def read_address(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read an address endpoint."""
    why = 'Invalid endpoint definition. "uri" attribute of the address endpoint cannot be empty.'
    uri = node.attribute("uri", required=not node.has("uri"), why=why)
    message_format, encoding = read_format(node)
    quality = read_quality(node, build)
    properties = read_properties(outer, build) + read_properties(node, build)
    if uri is None and node.element.get("uri") is None:
        return None
    if uri is None:
        return Address(name, build.place(node), "", quality, properties)
    uri = deployed(node, "uri", uri.strip())
    check_address(node, uri, "uri")
    if "{uri.var." in uri:
        node.warning(
            "SYN044",
            "an address endpoint expands nothing: the braces are sent as they are",
            attribute="uri",
            hint="write an <http uri-template=...> endpoint",
        )
    return Address(name, build.place(node), uri, quality, properties, message_format=message_format, encoding=encoding)
