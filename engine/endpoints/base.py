"""What an endpoint is, and how the kinds are registered."""

from __future__ import annotations

from collections.abc import Callable

from engine.build import Build, find_component
from engine.errors import ErrorCode, MediationError
from engine.message.context import MessageContext
from engine.registry import Registry
from engine.source.document import Place
from engine.source.node import Node


class Endpoint:
    """Somewhere to send a message. Frozen after it was built; its state lives in `services.state`."""

    __slots__ = ("name", "place")

    def __init__(self, name: str | None, place: Place) -> None:
        self.name = name
        self.place = place

    @property
    def label(self) -> str:
        """How the endpoint is called in messages."""
        return self.name or "anonymous endpoint"

    @property
    def content_aware(self) -> bool:
        """Whether something about the endpoint is read from the payload."""
        return False

    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        """Send the message and put the reply in its place.

        `blocking` follows the rules of blocking calls (headers kept, some statuses are faults).
        Raises TransportError when the back end fails, MediationError when the message cannot be sent.
        """
        raise NotImplementedError

    def ready(self, message: MessageContext) -> bool:
        """Whether the endpoint would take a message now."""
        return True


EndpointReader = Callable[[str | None, Node, Node, Build], Endpoint | None]
ENDPOINTS: Registry[EndpointReader] = Registry("endpoint kind")
KINDS = ("address", "wsdl", "default", "loadbalance", "dynamicLoadbalance", "failover", "recipientlist", "http")


def endpoint(tag: str) -> Callable[[EndpointReader], EndpointReader]:
    """Register the function below as the reader of this child of `<endpoint>`.

    It gets the endpoint's name, the `<endpoint>` element and the child.
    """

    def register(reader: EndpointReader) -> EndpointReader:
        ENDPOINTS.add(tag, reader)
        return reader

    return register


def read_endpoint(node: Node, build: Build) -> Endpoint | None:
    """Compile an `<endpoint>` element; None (and problems) when it is none."""
    from engine.endpoints.indirect import read_indirect

    name = node.attribute("name")
    found = read_indirect(name, node, build)
    if found is not None or node.has("key") or node.has("key-expression"):
        node.finish()
        return found
    for kind in KINDS:
        child = node.child(kind)
        if child is None:
            continue
        reader: EndpointReader | None = find_component(ENDPOINTS, "engine.endpoints", kind)
        made = reader(name, node, child, build) if reader is not None else None
        if reader is None:
            child.error("SYN011", f"<{kind}> endpoints are not supported by this version")
            child.accept_anything()
        child.finish()
        node.finish(known_children=KINDS)
        return made
    node.error("SYN025", "Invalid endpoint configuration: <endpoint> needs a child that says where to send",
               hint="one of <" + ">, <".join(KINDS) + ">, or key=\"...\"")
    node.finish(known_children=KINDS)
    return None


def not_found(key: str) -> MediationError:
    """The fault for an endpoint that is not deployed."""
    return MediationError(f"Couldn't find the endpoint with the key : {key}", code=ErrorCode.INDIRECT_ENDPOINT_NOT_READY)
