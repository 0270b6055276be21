"""The message context: one message on its way through a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from engine.message.headers import Headers
from engine.message.payload import Payload
from engine.message.values import copy_value

if TYPE_CHECKING:
    from engine.message.exchange import Exchange, Trace

Properties = dict[str, object]


class TemplateFrame:
    """The parameters of one template call."""

    __slots__ = ("name", "parameters")

    def __init__(self, name: str, parameters: dict[str, object]) -> None:
        self.name = name
        self.parameters = parameters


class MessageContext:
    """What mediators see and change.

    `properties` is the default scope; `axis2`, `headers` (transport), `operation`, `client_options` (axis2-client) and
    `analytics` are the others. `variables` are those of the variable mediator. A reply that arrives after `call` or
    `send` replaces payload, headers and axis2 scope of the same context and keeps the rest; `replied` says so.
    `fault` says that makefault made this message one.
    `rest` tells requests apart from SOAP ones (text/xml with SOAPAction, application/soap+xml).
    """

    __slots__ = (
        "addressing",
        "analytics",
        "axis2",
        "client_options",
        "exchange",
        "fault",
        "frames",
        "headers",
        "is_response",
        "message_id",
        "operation",
        "payload",
        "properties",
        "replied",
        "rest",
        "to",
        "trace",
        "variables",
    )

    def __init__(self, exchange: Exchange, payload: Payload, headers: Headers) -> None:
        self.exchange = exchange
        self.payload = payload
        self.headers = headers
        self.properties: Properties = {}
        self.axis2: Properties = {}
        self.variables: Properties = {}
        self.operation: Properties = exchange.operation
        self.client_options: Properties = {}
        self.analytics: Properties = {}
        self.frames: list[TemplateFrame] = []
        self.is_response = False
        self.replied = False
        self.fault = False
        self.rest = True
        self.to: str | None = None
        self.addressing: dict[str, str] = {}
        self.message_id = ""
        self.trace: Trace | None = None

    def identity(self) -> str:
        """The message id (`urn:uuid:...`), made on first use."""
        if not self.message_id:
            self.message_id = f"urn:uuid:{uuid4()}"
        return self.message_id

    async def build(self) -> None:
        """Read and understand the payload if that has not happened yet (no-op afterwards).

        Raises PayloadError when the body is not what its content type says.
        """
        if not self.payload.built:
            await self.exchange.services.formats.build(self)

    async def clone(self) -> MessageContext:
        """An independent copy for a branch; the exchange (and so the client) is shared.

        An unread body is collected first, so that both copies can send it.
        """
        await self.exchange.services.formats.collect(self)
        twin = MessageContext(self.exchange, self.payload.clone(), self.headers.copy())
        twin.properties = {name: copy_value(value) for name, value in self.properties.items()}
        twin.axis2 = dict(self.axis2)
        twin.variables = {name: copy_value(value) for name, value in self.variables.items()}
        twin.client_options = dict(self.client_options)
        twin.analytics = dict(self.analytics)
        twin.frames = list(self.frames)
        twin.is_response = self.is_response
        twin.replied = self.replied
        twin.rest = self.rest
        twin.to = self.to
        twin.addressing = dict(self.addressing)
        twin.trace = self.trace
        return twin
