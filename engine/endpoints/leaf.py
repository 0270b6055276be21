"""What endpoints with an address of their own share: state, time limit, properties, sending."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from engine.build import Build
from engine.endpoints.authentication import Authentication
from engine.endpoints.base import Endpoint
from engine.endpoints.quality import Quality
from engine.endpoints.reply import take_reply
from engine.endpoints.suspension import EndpointState
from engine.endpoints.wire import collected, method_of, request_body, request_headers, request_is_rest, with_postfix
from engine.errors import ErrorCode, MediationError, TransportError
from engine.expressions import Expression
from engine.mediators.property_scopes import SETTERS
from engine.message.context import MessageContext
from engine.message.exchange import Reply
from engine.message.payload import PayloadKind
from engine.source.document import Place
from engine.source.node import Node

log = logging.getLogger("synflow.endpoint")

BLOCKING_FAULTS = frozenset({302, 401, 404, 503})
_BLOCKING_FINE = frozenset({200, 201, 202, 204, 400, 409, 500})
PROPERTY_SCOPES = ("default", "transport", "axis2", "axis2-client")


@dataclass(frozen=True, slots=True)
class EndpointProperty:
    """A `<property>` of an endpoint, set on every message before it is sent."""

    name: str
    value: str | Expression
    scope: str


class Leaf(Endpoint):
    """An endpoint that sends to one address. Subclasses say which."""

    __slots__ = ("authentication", "kind", "properties", "quality", "state_key")

    def __init__(self, name: str | None, place: Place, kind: str, quality: Quality,
                 properties: tuple[EndpointProperty, ...] = (), authentication: Authentication | None = None,
                 definition: str = "") -> None:
        super().__init__(name, place)
        self.kind = kind
        self.quality = quality
        self.properties = properties
        self.authentication = authentication
        self.state_key = ("endpoint", name, definition) if name else ("endpoint", place.file, place.line, definition)

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        """Where this message goes."""
        raise NotImplementedError

    def method(self, message: MessageContext) -> str:
        """The method of the request."""
        return method_of(message)

    def adapt(self, message: MessageContext) -> None:
        """Change the message as the endpoint's `format` asks, before it is written."""

    # -- state
    def state(self, message: MessageContext) -> EndpointState:
        """The state of this endpoint, shared by all messages and surviving reloads of an unchanged definition."""
        states = message.exchange.services.state
        found = states.get(self.state_key)
        if found is None:
            found = states[self.state_key] = EndpointState()
        assert isinstance(found, EndpointState)
        return found

    def ready(self, message: MessageContext) -> bool:
        return self.state(message).ready(time.monotonic())

    # -- sending
    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        state = self.state(message)
        if not state.ready(time.monotonic()):
            raise MediationError(
                f"{self.kind} endpoint : [ Name : {self.name or 'AnonymousEndpoint'} ] [ State : {state.state.value} ]",
                code=ErrorCode.ENDPOINT_SUSPENDED,
                detail=f"it failed before and rests for another {max(0.0, state.until - time.monotonic()):.1f} seconds")
        for each in self.properties:
            value = each.value if isinstance(each.value, str) else each.value.text(message)
            SETTERS[each.scope](message, each.name, value)
        method = self.method(message)
        url = self.url(message, method, blocking=blocking)
        self.adapt(message)
        try:
            reply = await self._exchange(message, method, url)
        except TransportError as error:
            self._failed(message, state, error, blocking)
            raise
        state.succeeded()
        message.properties["ENDPOINT_PREFIX"] = url
        if blocking:
            await self._take_blocking(message, reply)
        else:
            take_reply(message, reply)

    async def _exchange(self, message: MessageContext, method: str, url: str) -> Reply:
        axis2 = message.axis2
        if self.authentication is None:
            body, content_type, length = await request_body(message, method)
            headers = request_headers(message, content_type)
            if axis2.get("DISABLE_CHUNKING") == "true" and not isinstance(body, bytes):
                body = await collected(body)
                length = len(body)
            http = message.exchange.services.http
            return await http.send(
                method, url, headers, body, content_length=length, timeout=self._timeout(message),
                http10=axis2.get("FORCE_HTTP_1.0") == "true",
                absolute_form=axis2.get("FULL_URI") == "true",
                keep_alive=axis2.get("NO_KEEPALIVE") != "true",
            )
        return await self.authentication.exchange(self, message, method, url)

    def _timeout(self, message: MessageContext) -> float | None:
        value = self.quality.timeout
        if value is None:
            return None
        text = value.text(message)
        try:
            milliseconds = int(text or "")
        except ValueError:
            log.warning("%s: the time limit %r is no number of milliseconds; the global one counts", self.label, text)
            return None
        return milliseconds / 1000 if milliseconds > 0 else None

    def _failed(self, message: MessageContext, state: EndpointState, error: TransportError, blocking: bool) -> None:
        code = error.base_code + error.state
        if not blocking:
            error.code = code
        state.failed((error.base_code, code), self.quality.suspension, time.monotonic())
        log.warning("endpoint %s: %s (%s) %s", self.label, error.message, code, error.detail)
        if blocking:
            error.code = int(ErrorCode.BLOCKING_SENDER_FAILED)
            message.properties["blocking.sender.error"] = "true"

    async def _take_blocking(self, message: MessageContext, reply: Reply) -> None:
        """A blocking call replaces the body only; some statuses are faults (mediators-core: call)."""
        headers, axis2 = message.headers, message.axis2
        allowed = {word.strip() for word in str(axis2.get("non.error.http.status.codes") or "").split(",")}
        status = reply.status
        take_reply(message, reply)
        await message.exchange.services.formats.collect(message)
        kept = str(message.properties.get("BLOCKING_SENDER_PRESERVE_REQ_HEADERS", "true")).lower() != "false"
        if kept:
            media = message.headers.get("content-type")
            message.headers = headers
            if media is not None:
                message.headers.set("Content-Type", media)
        fresh = message.axis2
        message.axis2 = {**axis2, **{key: value for key, value in fresh.items() if key != "NO_ENTITY_BODY"}}
        if message.payload.kind is not PayloadKind.EMPTY:
            message.axis2.pop("NO_ENTITY_BODY", None)
        message.axis2["HTTP_SC"] = str(status)
        message.replied = False
        if status not in _BLOCKING_FINE and str(status) not in allowed and not 200 <= status < 300:
            phrase = reply.reason.decode("latin-1")
            self.state(message).failed((status,), self.quality.suspension, time.monotonic())
            message.properties["blocking.sender.error"] = "true"
            raise MediationError(f"Transport error: {status} Error: {phrase}", code=status)


def endpoint_postfix(message: MessageContext, method: str, url: str) -> str:
    """The URL with REST_URL_POSTFIX behind it when this request takes one."""
    postfix = message.axis2.get("REST_URL_POSTFIX")
    if not postfix or not request_is_rest(message, method):
        return url
    return with_postfix(url, str(postfix))


def read_properties(node: Node, build: Build) -> tuple[EndpointProperty, ...]:
    """The `<property>` children of an endpoint or of its address."""
    read = []
    for child in node.children("property"):
        name = child.attribute("name", required=True)
        value = child.attribute("value", empty_ok=True)
        expression = build.expression(child, "expression")
        scope = child.choice("scope", PROPERTY_SCOPES, "default")
        child.attribute("type")
        child.finish()
        if name is not None and (value is not None or expression is not None):
            shown: str | Expression = value if value is not None else expression  # type: ignore[assignment]
            read.append(EndpointProperty(name, shown, scope))
    return tuple(read)
