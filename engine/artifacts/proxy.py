"""`<proxy>`: a proxy service with its target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engine.artifacts.api import SequenceRef, read_sequence_part, read_switches
from engine.artifacts.base import Artifact, artifact
from engine.artifacts.proxy_parameters import check_parameter
from engine.artifacts.wsdl import Element, WsdlOperations, read_operations
from engine.build import Build
from engine.codecs.errors import FormatError
from engine.codecs.xml import parse_xml
from engine.endpoints.base import Endpoint
from engine.endpoints.indirect import Indirect
from engine.mediators.flow import MediatorList
from engine.mediators.send import Send
from engine.records import dataclass
from engine.registry import nearest
from engine.source.document import Place
from engine.source.node import Node

TRANSPORTS = (
    "http",
    "https",
    "local",
    "jms",
    "vfs",
    "mailto",
    "rabbitmq",
    "tcp",
    "udp",
    "fix",
    "hl7",
    "mqtt",
    "ws",
    "wss",
    "sap",
    "idoc",
    "bapi",
    "all",
)
_SEQUENCES = ("inSequence", "outSequence", "faultSequence")


@dataclass(frozen=True, slots=True)
class PublishedWsdl:
    """What a proxy publishes: definitions read when its file was, or the key of a local entry that holds them."""

    definitions: Element | None = None
    operations: WsdlOperations | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy service. `sender` sends to the target's endpoint; `transports` empty means all."""

    name: str
    in_sequence: SequenceRef
    out_sequence: SequenceRef
    fault_sequence: SequenceRef
    sender: MediatorList | None
    place: Place
    transports: frozenset[str] = frozenset()
    start_on_load: bool = True
    pinned_servers: frozenset[str] = frozenset()
    parameters: dict[str, str] | None = None
    wsdl: PublishedWsdl | None = None

    def parameter(self, name: str) -> str:
        """The text of a service parameter, "" when absent."""
        return (self.parameters or {}).get(name, "")


@artifact("proxy")
def read_proxy(node: Node, build: Build) -> Iterator[Artifact]:
    """Read a proxy service (ProxyServiceFactory of the reference engine)."""
    name = node.attribute("name", required=True)
    transports = _read_transports(node)
    read_switches(node)
    start = node.flag("startOnLoad", True, otherwise="it counts as false, so the service is inactive")
    pinned = _names(node.attribute("pinnedServers"))
    node.attribute("serviceGroup")
    parameters = _read_parameters(node)
    wsdl = _read_wsdl(node, build, safe=parameters.get("enablePublishWSDLSafeMode", "").lower() == "true")
    for child in node.children("policy", "enableAddressing", "enableSec"):
        child.accept_anything()
        if child.tag != "enableAddressing":
            child.error(
                "SYN074",
                f"<{child.tag}> asks for WS-Security, which this engine does not have: the service would be open",
                hint="protect it in front of the engine and remove the element",
            )
    target = _read_target(node)
    label = f"proxy {name}"
    parts: list[SequenceRef] = [None, None, None]
    sender = None
    if target is not None:
        parts = [read_sequence_part(target, build, tag, label) for tag in _SEQUENCES]
        sender = _read_sender(target, build, label)
        if parts[0] is None and sender is None:
            target.error(
                "SYN071",
                "Target of the proxy service must declare either an inSequence or endpoint or both",
                hint="add an <inSequence> or an <endpoint>",
            )
        target.finish(known_children=(*_SEQUENCES, "endpoint"))
    node.finish(known_children=("target", "publishWSDL", "policy", "parameter", "enableAddressing", "enableSec"))
    if name is not None:
        place = build.place(node)
        yield Artifact(
            "proxy",
            name,
            Proxy(
                name, parts[0], parts[1], parts[2], sender, place, transports - {"all"}, start, pinned, parameters, wsdl
            ),
            place,
        )


def _names(text: str | None) -> frozenset[str]:
    return frozenset(name for name in re.split(r"[\s,]+", text or "") if name)


def _read_transports(node: Node) -> frozenset[str]:
    names = _names(node.attribute("transports"))
    for name in sorted(names):
        if name not in TRANSPORTS:
            near = nearest(name, TRANSPORTS)
            node.warning(
                "SYN070",
                f"{name!r} is no transport, so the service is not offered on it",
                attribute="transports",
                hint=f"did you mean {near!r}?" if near else "known: " + ", ".join(TRANSPORTS),
            )
    return names


def _read_target(node: Node) -> Node | None:
    target = node.child("target")
    if target is None:
        node.lacks_child("target", message="Target is required for a Proxy service definition", after=("description",))
    return target


def _read_parameters(node: Node) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for child in node.children("parameter"):
        key = child.attribute("name", required=True)
        child.attribute("locked")
        text = child.text()
        child.accept_anything()
        if key is not None:
            if key in parameters:
                child.warning(
                    "SYN026",
                    f"the service has the parameter {key!r} already; the last one counts",
                    attribute="name",
                    hint="remove one of them",
                )
            parameters[key] = text
            check_parameter(child, key, text)
    return parameters


def _read_sender(target: Node, build: Build, label: str) -> MediatorList | None:
    """The target's endpoint as the `send` that the reference engine makes of it."""
    key = target.attribute("endpoint")
    child = target.child("endpoint")
    if key is None and child is None:
        return None
    if key is not None:
        if child is not None:
            target.warning(
                "SYN068",
                "<target> has endpoint as attribute and as child; the attribute counts, the child is dropped",
                attribute="endpoint",
                hint="remove one of them",
            )
        build.refer("endpoint", key, target, "endpoint")
        endpoint: Endpoint | None = Indirect(key, None, build.place(target))
    else:
        assert child is not None
        endpoint = build.endpoint(child)
    if endpoint is None:
        return None
    return MediatorList((Send(place=build.place(child or target), endpoint=endpoint),), f"{label} > endpoint")


def _read_wsdl(node: Node, build: Build, *, safe: bool) -> PublishedWsdl | None:
    published = node.child("publishWSDL")
    if published is None:
        return None
    uri = published.attribute("uri")
    key = published.attribute("key")
    endpoint = published.attribute("endpoint")
    published.flag("preservePolicy")
    definitions = next((child.element for child in published.any_children() if child.tag == "definitions"), None)
    published.accept_anything()
    if key is not None:
        build.refer("localEntry", key, published, "key")
        return PublishedWsdl(key=key)
    if definitions is None and uri is not None:
        definitions = _from_uri(published, uri, safe=safe)
    if definitions is None:
        if uri is None and endpoint is None:
            published.error(
                "SYN072", "<publishWSDL> names no WSDL", hint="write it inside, or give uri=, key= or endpoint="
            )
        return None
    try:
        return PublishedWsdl(definitions, read_operations(definitions))
    except ValueError as error:
        _unreadable(published, f"the WSDL cannot be used: {error}", safe=safe)
        return None


def _from_uri(node: Node, uri: str, *, safe: bool) -> Element | None:
    parts = urlsplit(uri)
    if parts.scheme not in ("", "file"):
        node.warning(
            "SYN072",
            f"the WSDL at {uri} is not fetched: the proxy takes every operation and publishes a generated WSDL",
            attribute="uri",
            hint="save it as a local entry and name that with key=",
        )
        return None
    try:
        return parse_xml(Path(unquote(parts.path)).read_bytes())
    except (OSError, FormatError) as error:
        _unreadable(node, f"Error reading from wsdl uri {uri}: {error}", safe=safe)
        return None


def _unreadable(node: Node, text: str, *, safe: bool) -> None:
    if safe:
        node.warning("SYN072", f"{text}; the proxy takes every operation", hint="correct it")
    else:
        node.error("SYN072", text, hint="correct it, or set the parameter enablePublishWSDLSafeMode to true")
