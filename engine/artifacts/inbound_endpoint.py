"""`<inboundEndpoint>`: a listener or poller of its own."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.artifacts.inbound_parameters import PROTOCOLS, REQUIRED
from engine.build import Build
from engine.schema import Shape, many, one
from engine.schema.shape import FREE, Table
from engine.schema.words import choice, class_name, flag, reference, text
from engine.source.node import Node

NAMES = ("http", "https", "file", "jms", "hl7", "kafka", "mqtt", "rabbitmq", "ws", "wss", "grpc", "httpws", "httpswss")


def _protocol_or_class(node: Node, build: Build) -> None:
    if not node.element.get("protocol") and not node.element.get("class"):
        node.error(
            "SYN020",
            f"Protocol or Class should be specified for Inbound Endpoint {node.element.get('name') or ''}",
            hint='add protocol="http" or one of: ' + ", ".join(NAMES),
        )
    if node.element.get("sequence") is None and node.element.get("protocol") not in ("http", "https", "ws", "wss"):
        node.warning(
            "SYN016", "the inbound endpoint names no sequence, so what it takes in is lost", hint='add sequence="..."'
        )


def _shape(node: Node) -> Shape:
    protocol = node.element.get("protocol") or ""
    table = Table(
        "parameter",
        PROTOCOLS.get(protocol, {}),
        also=("key",),
        owner=f"a {protocol} inbound endpoint",
        families=("rabbitmq.queue.optional.", "rabbitmq.exchange.optional.", "ssl.", "java.naming."),
        required=REQUIRED.get(protocol, {}),
    )
    handler = Shape((class_name("class", required=True),), free=False)
    return Shape(
        (
            text("name", required=True),
            choice("protocol", *NAMES),
            class_name("class"),
            reference("sequence", "sequence"),
            reference("onError", "sequence"),
            flag("suspend", otherwise="it counts as false, so the endpoint starts"),
            choice("statistics", "enable", "disable", strict=False),
            choice("trace", "enable", "disable", strict=False),
        ),
        (
            one("parameters", Shape(table=table), anywhere=True),
            one("handlers", Shape(children=(many("handler", handler),)), anywhere=True),
            one("description", FREE),
        ),
        rules=(_protocol_or_class,),
    )


@artifact("inboundEndpoint")
def read_inbound_endpoint(node: Node, build: Build) -> Iterator[Artifact]:
    """Check an inbound endpoint (InboundEndpointFactory of the reference engine)."""
    yield from read_checked(node, build, "inboundEndpoint", _shape(node), consequence="it takes nothing in")
