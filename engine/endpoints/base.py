"""What an endpoint is, and how the kinds are registered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from hashlib import blake2b

from lxml import etree

from engine.build import Build, find_component
from engine.errors import DeliveryError, ErrorCode, MediationError, SendTimeout, TransportError
from engine.message.context import MessageContext
from engine.registry import Registry
from engine.source.document import Place
from engine.source.node import Node

log = logging.getLogger("synflow.endpoint")

FAULT_PROPERTIES = ("ERROR_CODE", "BASE_ERROR_CODE", "PROTOCOL_STATE_ON_FAILURE")


class Abandoned(SendTimeout):
    """A call whose time is over and whose endpoint wants no fault sequence for that (no responseAction, or discard)."""

    def __init__(self, cause: SendTimeout) -> None:
        super().__init__(cause.message, code=cause.base_code, detail=cause.detail, state=cause.state, sent=cause.sent)
        self.skips_handlers = True


class BlockingFault(DeliveryError):
    """A failed blocking call: ERROR_DETAIL stays empty, as in the reference engine (BlockingMsgSender)."""


DELIVERY_ERRORS = (TransportError, DeliveryError)


class Endpoint:
    """Somewhere to send a message. Frozen after it was built; its state lives in `services.state`."""

    __slots__ = ("identity", "name", "on_error", "place", "reads_body")

    def __init__(self, name: str | None, place: Place) -> None:
        self.name = name
        self.place = place
        self.on_error: str | None = None
        self.identity = ""
        """The key of its state: the same after a reload that did not change the definition."""
        self.reads_body = False
        """What `content_aware` came to when the endpoint was built."""

    @property
    def label(self) -> str:
        """How the endpoint is called in messages."""
        return self.name or "AnonymousEndpoint"

    @property
    def content_aware(self) -> bool:
        """Whether something about the endpoint is read from the payload."""
        return False

    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        """Send the message and put the reply in its place.

        `blocking` follows the rules of blocking calls (headers kept, some statuses are faults).
        Raises TransportError when the back end fails, DeliveryError when this endpoint cannot take the message now,
        other MediationErrors when the message cannot be sent at all.
        """
        raise NotImplementedError

    async def deliver(self, message: MessageContext, *, blocking: bool = False) -> bool:
        """Send for a flow; False when the flow must end here, because a fault has been dealt with already.

        That is so after the endpoint's own onError sequence.
        """
        try:
            await self.send(message, blocking=blocking)
        except DELIVERY_ERRORS as error:
            return await self.failed(message, error)
        return True

    async def failed(self, message: MessageContext, error: MediationError) -> bool:
        """Deal with a failed delivery: False when that is done, else the error is raised for the fault handlers."""
        from engine.mediators.flow import run_fault_handler

        properties = message.properties
        for name in FAULT_PROPERTIES:  # an earlier fault that was handled must not hide this one
            properties.pop(name, None)
        if isinstance(error, Abandoned):
            raise error
        if isinstance(error, BlockingFault):
            properties.update(
                {
                    "ERROR_CODE": error.code,
                    "ERROR_MESSAGE": error.message,
                    "ERROR_DETAIL": "",
                    "ERROR_EXCEPTION": error,
                    "blocking.sender.error": True,
                }
            )
        handler = None if self.on_error is None else message.exchange.deployment.sequences.get(self.on_error)
        if handler is None:
            if self.on_error is not None:
                log.warning("onError handler : %s for endpoint : %s cannot be found", self.on_error, self.label)
            raise error
        error.at(f"endpoint {self.label}", str(self.place))
        await run_fault_handler(handler, message, error, str(self.on_error))
        return False

    def ready(self, message: MessageContext) -> bool:
        """Whether the endpoint would take a message now."""
        return True

    def may_retry(self, message: MessageContext, codes: tuple[int, ...]) -> bool:
        """Whether a group may give the message to another endpoint after this one failed with these codes."""
        return True

    async def recipients(self, message: MessageContext) -> list[Endpoint] | None:
        """The endpoints that each get a copy of the message; None for an endpoint that gives one reply."""
        return None


EndpointReader = Callable[[str | None, Node, Node, Build], Endpoint | None]
ENDPOINTS: Registry[EndpointReader] = Registry("endpoint kind")
KINDS = (
    "address",
    "wsdl",
    "default",
    "loadbalance",
    "dynamicLoadbalance",
    "serviceDynamicLoadbalance",
    "failover",
    "recipientlist",
    "http",
    "class",
)
_BESIDE = ("property", "session", "parameter")


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
    name = node.attribute("name")
    on_error = node.attribute("onError")
    if on_error is not None:
        build.refer("sequence", on_error, node, "onError")
    made = _read_kind(name, node, build)
    if made is not None:
        made.on_error = on_error
        made.identity = _identity(node, name)
        made.reads_body = made.content_aware
    return made


def _read_kind(name: str | None, node: Node, build: Build) -> Endpoint | None:
    from engine.endpoints.indirect import read_indirect
    from engine.endpoints.template import read_template_endpoint

    if node.has("key") or node.has("key-expression"):
        found = read_indirect(name, node, build)
        node.finish(known_children=KINDS)
        return found
    if node.has("template"):
        return read_template_endpoint(name, node, build)
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
        _report_others(node, kind)
        node.finish(known_children=_BESIDE)
        return made
    node.error(
        "SYN025",
        "Invalid endpoint configuration: <endpoint> needs a child that says where to send",
        hint="one of <" + ">, <".join(KINDS) + '>, or key="..."',
    )
    node.finish(known_children=(*KINDS, *_BESIDE))
    return None


def _report_others(node: Node, kind: str) -> None:
    for other in node.children(*(each for each in KINDS if each != kind)):
        other.accept_anything()
        other.warning(
            "SYN026",
            f"an endpoint is of one kind: <{kind}> counts, <{other.tag}> is ignored",
            hint="make it an endpoint of its own",
        )


def read_children(node: Node, build: Build) -> list[Endpoint]:
    """The `<endpoint>` children of a group; a name given twice is an error."""
    children: list[Endpoint] = []
    names: set[str] = set()
    for child in node.children("endpoint"):
        name = child.element.get("name")
        if name is not None and not name.strip():
            child.error(
                "SYN021", "the 'name' attribute of <endpoint> is empty", attribute="name", hint="give it a name"
            )
        if name and name in names:
            child.error(
                "SYN041",
                f"Same endpoint definition cannot be used with in the siblings: {name!r} is there already",
                attribute="name",
                hint="rename one of them",
            )
        names.add(name or "")
        made = read_endpoint(child, build)
        if made is not None:
            children.append(made)
    return children


def _identity(node: Node, name: str | None) -> str:
    """Name and definition for a deployed endpoint, file and position besides for one written inside something."""
    element = node.element
    digest = blake2b(etree.tostring(element, with_tail=False), digest_size=12).hexdigest()
    if element.getparent() is None and name:
        return f"{name} {digest}"
    return f"{node.document.file}#{node.artifact}{element.getroottree().getpath(element)} {name or ''} {digest}"


def not_found(key: str) -> DeliveryError:
    """The fault for an endpoint that is not deployed."""
    return DeliveryError(f"Couldn't find the endpoint with the key : {key}", code=ErrorCode.INDIRECT_ENDPOINT_NOT_READY)
