"""`<wsdl uri="" service="" port="">`: the address of a port of a WSDL 1.1 document."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree

from engine.build import Build
from engine.codecs.errors import FormatError
from engine.codecs.xml import parse_xml
from engine.endpoints.address import read_format
from engine.endpoints.base import Endpoint, endpoint
from engine.endpoints.destination import deployed
from engine.endpoints.leaf import Leaf, endpoint_postfix
from engine.endpoints.message_format import SOAP_FORMATS
from engine.endpoints.properties import EndpointProperty, read_properties
from engine.endpoints.quality import Quality, read_quality
from engine.errors import DeliveryError, ErrorCode, MediationError
from engine.message.blob import collect
from engine.message.context import MessageContext
from engine.source.document import Place
from engine.source.node import Node

WSDL = "http://schemas.xmlsoap.org/wsdl/"
_WSDL2 = "http://www.w3.org/ns/wsdl"
_MAX_BYTES = 16 << 20
_SECONDS = 30.0
_REFUSED = "WSDL 2.0 Endpoints are currently not supported"


class Wsdl(Leaf):
    """Sends to the port's address: known when the definitions are here, else fetched with the first message."""

    __slots__ = ("address", "port", "service", "uri")

    kind = "Currently , WSDL"
    not_ready_code = ErrorCode.WSDL_ENDPOINT_NOT_READY

    def __init__(
        self,
        name: str | None,
        place: Place,
        quality: Quality,
        properties: tuple[EndpointProperty, ...] = (),
        *,
        address: str = "",
        uri: str = "",
        service: str = "",
        port: str = "",
        message_format: str = "",
        encoding: str = "",
    ) -> None:
        super().__init__(name, place, quality, properties, message_format=message_format, encoding=encoding)
        self.address = address
        self.uri = uri
        self.service = service
        self.port = port

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        address = self.address or message.exchange.services.state[self._key]
        if self.format in SOAP_FORMATS:
            return str(address)
        return endpoint_postfix(message, method, str(address), rest=self.format == "rest")

    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        states = message.exchange.services.state
        if not self.address and self._key not in states:
            states[self._key] = await self._fetched(message)
        await super().send(message, blocking=blocking)

    @property
    def _key(self) -> tuple[str, str]:
        return ("wsdl address", self.identity)

    async def _fetched(self, message: MessageContext) -> str:
        text = f"Could not connect to the WSDL endpoint {self.uri}"
        try:
            reply = await message.exchange.services.http.send("GET", self.uri, [], timeout=_SECONDS)
            data = await collect(reply.body, limit=_MAX_BYTES)
        except MediationError as error:
            raise DeliveryError(text, code=ErrorCode.WSDL_ENDPOINT_NOT_READY, detail=error.detail) from error
        if reply.status != 200:
            raise DeliveryError(
                text, code=ErrorCode.WSDL_ENDPOINT_NOT_READY, detail=f"it answered with status {reply.status}"
            )
        try:
            return port_address(parse_xml(data.read()), self.service, self.port)
        except (FormatError, ValueError) as error:
            raise MediationError(
                f"the WSDL at {self.uri} cannot be used: {error}", code=ErrorCode.WSDL_ENDPOINT_NOT_READY
            ) from error


def port_address(definitions: etree._Element, service: str, port: str) -> str:
    """The address of a port. Raises ValueError that says what there is instead."""
    if definitions.tag == f"{{{_WSDL2}}}description":
        raise ValueError(_REFUSED)
    if definitions.tag != f"{{{WSDL}}}definitions":
        raise ValueError(f"its root element is <{etree.QName(definitions).localname}>, not definitions of {WSDL}")
    ports = {
        (owner.get("name", ""), each.get("name", "")): each
        for owner in definitions.iter(f"{{{WSDL}}}service")
        for each in owner.iter(f"{{{WSDL}}}port")
    }
    found = ports.get((service, port))
    if found is None:
        known = ", ".join(f"{owner}/{name}" for owner, name in ports) or "none"
        raise ValueError(f"it has no port {port!r} of service {service!r}; its ports: {known}")
    for child in found:
        if isinstance(child.tag, str) and etree.QName(child).localname == "address":
            location = child.get("location") or child.get("url")
            if location:
                return location.strip()
    raise ValueError(f"port {port!r} has no address")


@endpoint("wsdl")
def read_wsdl(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read a WSDL endpoint."""
    uri = node.attribute("uri")
    service = node.attribute("service", required=True)
    port = node.attribute("port", required=True)
    message_format, encoding = read_format(node)
    quality = read_quality(node, build)
    properties = read_properties(outer, build) + read_properties(node, build)
    definitions = next((each for each in node.any_children() if each.namespace in (WSDL, _WSDL2)), None)
    if definitions is not None:
        definitions.accept_anything()
    if service is None or port is None:
        return None
    service, port = deployed(node, "service", service), deployed(node, "port", port)
    if uri is None and definitions is None:
        node.error("SYN020", "<wsdl> needs the attribute uri or a WSDL 1.1 document inside", hint='write uri="..."')
        return None
    address = ""
    try:
        if definitions is not None:
            address = port_address(definitions.element, service, port)
        elif uri is not None and not uri.startswith(("http:", "https:")):
            address = port_address(parse_xml(Path(unquote(urlsplit(uri).path)).read_bytes()), service, port)
    except OSError as error:
        node.warning(
            "SYN072",
            f"Could not connect to the WSDL endpoint {uri}: {error.strerror or error}; every message faults",
            attribute="uri",
            hint="give the address with an <address> endpoint, or the WSDL's own URL",
        )
    except (FormatError, ValueError) as error:
        where = definitions or node
        where.error(
            "SYN072",
            f"the WSDL cannot be used: {error}",
            attribute=None if definitions is not None else "uri",
            hint="give a WSDL 1.1 document and the names of its service and port",
        )
        return None
    return Wsdl(
        name,
        build.place(node),
        quality,
        properties,
        address=address,
        uri=uri or "",
        service=service,
        port=port,
        message_format=message_format,
        encoding=encoding,
    )
