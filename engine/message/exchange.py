"""What all messages of one client request share: the client, the deployment it arrived with, the services."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from engine.errors import MediationError
from engine.message.body import Body, HeaderPairs
from engine.message.inbound import Inbound

if TYPE_CHECKING:
    from engine.message.context import MessageContext


class Reply(Protocol):
    """A back end's answer."""

    status: int
    reason: bytes
    headers: HeaderPairs
    body: Body


class HttpService(Protocol):
    """Sends requests to back ends (`engine.transports.http_client` is the real one)."""

    async def send(
        self,
        method: str,
        url: str,
        headers: HeaderPairs,
        body: bytes | AsyncIterable[bytes] = b"",
        *,
        content_length: int | None = None,
        timeout: float | None = None,
        http10: bool = False,
        absolute_form: bool = False,
        keep_alive: bool = True,
    ) -> Reply:
        """Send one request and return when the head of the answer is here. Raises TransportError."""
        ...


class FormatService(Protocol):
    """Builders and formatters by content type (`engine.formats.Formats` is the real one)."""

    async def build(self, message: MessageContext) -> None:
        """Read the payload with the builder of its content type."""
        ...

    async def collect(self, message: MessageContext) -> None:
        """Take an unread body off the wire so that it can be sent more than once."""
        ...

    async def write(self, message: MessageContext, *, request: bool) -> Formatted:
        """The bytes of the payload for the wire, with their Content-Type."""
        ...


class Formatted:
    """A payload ready for the wire."""

    __slots__ = ("body", "content_type", "length")

    def __init__(self, body: bytes | AsyncIterable[bytes], content_type: str | None, length: int | None) -> None:
        self.body = body
        self.content_type = content_type
        self.length = length


class RegistryService(Protocol):
    """Registry resources and file.properties."""

    def text(self, path: str) -> str | None:
        """The text of a resource (`conf:/x.txt`) or of one of its properties (`path@name`); None when absent."""
        ...

    def write(self, path: str, text: str) -> None:
        """Write a resource, or with `path@name` one of its properties."""
        ...

    def file_property(self, name: str) -> str | None:
        """A line of file.properties; None when absent."""
        ...


class Services(Protocol):
    """What the engine offers to mediators, endpoints and connectors; nothing else reaches the outside."""

    http: HttpService
    formats: FormatService
    registry: RegistryService
    settings: Any
    state: dict[Any, Any]
    """Long-lived things by key (connection tokens, suspension states, caches), surviving reloads."""


class Deployed(Protocol):
    """The artifacts a message can reach by name; immutable."""

    @property
    def sequences(self) -> dict[str, Any]:
        """Sequences by key."""
        ...

    @property
    def endpoints(self) -> dict[str, Any]:
        """Named endpoints."""
        ...

    @property
    def templates(self) -> dict[str, Any]:
        """Sequence templates by name."""
        ...

    @property
    def endpoint_templates(self) -> dict[str, Any]:
        """Endpoint templates by name."""
        ...

    @property
    def local_entries(self) -> dict[str, Any]:
        """Local entries by key."""
        ...


class Trace(Protocol):
    """Records the steps of one message; present only while that message is being traced."""

    def start(self, message: MessageContext) -> None:
        """The message is about to be served; from here on everything that happens to it is recorded."""
        ...

    async def run(self, steps: Any, message: MessageContext) -> Any:
        """Run a mediator list step by step, recording each; same result and faults as the list's own `run`."""
        ...


OutFlow = Callable[["MessageContext"], Awaitable[None]]


class Exchange:
    """One client request and its one answer."""

    __slots__ = (
        "accept",
        "answer",
        "answered",
        "api",
        "correlation_id",
        "deployment",
        "entry",
        "fail",
        "inbound",
        "log_prefix",
        "operation",
        "out_flow",
        "services",
        "suppress_ack",
    )

    def __init__(self, inbound: Inbound, deployment: Deployed, services: Services, correlation_id: str) -> None:
        self.inbound = inbound
        self.deployment = deployment
        self.services = services
        self.correlation_id = correlation_id
        self.operation: dict[str, object] = {}
        self.answered = False
        self.suppress_ack = False
        self.log_prefix = ""
        self.entry = ""
        self.api: object | None = None
        self.out_flow: OutFlow | None = None
        self.answer: Callable[[MessageContext], Awaitable[None]] = _nobody_answers
        self.accept: Callable[[MessageContext], Awaitable[None]] = _nobody_answers
        """Answer 202 now when the message says FORCE_SC_ACCEPTED; for whoever is about to wait for a back end."""
        self.fail: Callable[[MessageContext, MediationError], Awaitable[None]] = _nobody_is_told
        """Tell the client about a fault that nothing has handled."""

    @property
    def log_detail(self) -> str:
        """`{api:NAME METHOD PATH} ` while an API serves the request, else ""."""
        if self.api is None:
            return ""
        inbound = self.inbound
        return f"{self.log_prefix[:-2]} {inbound.method} {inbound.target.partition('?')[0]}}} "


async def _nobody_answers(message: MessageContext) -> None:
    raise RuntimeError("this exchange has no client to answer")


async def _nobody_is_told(message: MessageContext, error: MediationError) -> None:
    raise error
