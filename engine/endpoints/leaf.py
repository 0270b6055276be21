"""What endpoints with an address of their own share: state, time limit, properties, sending."""

from __future__ import annotations

import logging
import time

from engine.endpoints.authentication import Authentication
from engine.endpoints.base import Abandoned, BlockingFault, Endpoint
from engine.endpoints.blocking import check_blocking_status, take_blocking_reply
from engine.endpoints.message_format import SOAP_FORMATS, adapted, addressed, fit_reply, get_url, set_action
from engine.endpoints.properties import EndpointProperty
from engine.endpoints.quality import Quality
from engine.endpoints.reply import refuse_soap_fault, take_reply
from engine.endpoints.suspension import EndpointState
from engine.endpoints.wire import exchange, method_of, request_is_rest, with_postfix
from engine.errors import DeliveryError, ErrorCode, MediationError, SendTimeout, TransportError
from engine.message.context import MessageContext
from engine.message.exchange import Reply
from engine.message.payload import PayloadKind
from engine.source.document import Place

log = logging.getLogger("synflow.endpoint")


class Leaf(Endpoint):
    """An endpoint that sends to one address. Subclasses say which.

    `late` properties are set when the URL is known, the others before.
    """

    __slots__ = ("authentication", "encoding", "format", "late", "properties", "quality")

    not_ready_code = ErrorCode.ENDPOINT_SUSPENDED
    kind = ""
    """How messages about the state begin, in the reference engine's spelling."""

    def __init__(
        self,
        name: str | None,
        place: Place,
        quality: Quality,
        properties: tuple[EndpointProperty, ...] = (),
        *,
        late: tuple[EndpointProperty, ...] = (),
        message_format: str = "",
        encoding: str = "",
        authentication: Authentication | None = None,
    ) -> None:
        super().__init__(name, place)
        self.quality = quality
        self.properties = properties
        self.late = late
        self.format = message_format
        self.encoding = encoding
        self.authentication = authentication

    @property
    def content_aware(self) -> bool:
        if any(each.content_aware for each in (*self.properties, *self.late)) or self.quality.content_aware:
            return True
        return self.authentication is not None and self.authentication.content_aware

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        """Where this message goes."""
        raise NotImplementedError

    def method(self, message: MessageContext) -> str:
        """The method of the request."""
        if self.format in SOAP_FORMATS:
            return "POST"
        return "GET" if self.format == "get" else method_of(message)

    # -- state
    def state(self, message: MessageContext) -> EndpointState | None:
        """The state of this endpoint, once it has failed: shared by all messages, surviving reloads."""
        found: EndpointState | None = message.exchange.services.state.get(self.identity)
        return found

    def ready(self, message: MessageContext) -> bool:
        state = self.state(message)
        return state is None or state.ready(time.monotonic())

    def may_retry(self, message: MessageContext, codes: tuple[int, ...]) -> bool:
        return self.quality.may_retry(codes)

    # -- sending
    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        state = self.state(message)
        if state is not None and not state.ready(time.monotonic()):
            raise self._not_ready(state)
        quality = self.quality
        if quality.secured:
            raise MediationError(
                f"endpoint {self.label} asks for WS-Security, which this engine does not have; nothing was sent",
                code=ErrorCode.CALL_FAILED,
            )
        for each in self.properties:
            each.set(message)
        method = self.method(message)
        outgoing = message
        if self.format or self.encoding:
            outgoing = await adapted(message, self.format, self.encoding)
        elif message.addressing:
            set_action(message, "")
        url = message.axis2.get("TRANSPORT_URL") or self.url(message, method, blocking=blocking)
        if self.format == "get":
            url = get_url(str(url), outgoing)
        if quality.addressing:
            outgoing = await addressed(outgoing, quality.addressing, str(url))
        for each in self.late:
            each.set(message)
        try:
            reply = await self._exchange(outgoing, method, str(url))
            if blocking:
                await check_blocking_status(message, reply)
        except TransportError as error:
            failure = self._failed(message, error, blocking=blocking)
            if failure is error:
                raise
            raise failure from error
        except BlockingFault as error:
            self._note_failure(message, error.codes)
            raise
        message.properties["ENDPOINT_PREFIX"] = url
        if blocking:
            await take_blocking_reply(message, reply)
        else:
            take_reply(message, reply)
        if message.properties.get("FORCE_ERROR_ON_SOAP_FAULT") in ("true", True):
            try:
                await refuse_soap_fault(message)
            except DeliveryError as error:
                self._note_failure(message, error.codes)
                raise
        if state is not None:
            state.succeeded()
        if self.format and not blocking:
            await fit_reply(message, self.format)

    async def _exchange(self, message: MessageContext, method: str, url: str) -> Reply:
        timeout = self.quality.seconds(message, self.label)
        if self.authentication is None:
            return await exchange(message, method, url, timeout=timeout)
        credentials = self.authentication.credentials(message, self.label)
        if credentials.renewable:  # the request may have to be sent twice
            await message.exchange.services.formats.collect(message)
        header = await credentials.header()
        reply = await exchange(message, method, url, timeout=timeout, authorization=header)
        if reply.status != 401 or not credentials.renewable:
            return reply
        await reply.body.aclose()
        credentials.rejected(header)
        return await exchange(message, method, url, timeout=timeout, authorization=await credentials.header())

    # -- failing
    def _not_ready(self, state: EndpointState) -> DeliveryError:
        rest = state.until - time.monotonic()
        return DeliveryError(
            f"{self.kind} endpoint : [ Name : {self.label} ] [ State : {state.state.value} ]",
            code=self.not_ready_code,
            detail=f"{self.label} failed before and is not tried for another {max(0.0, rest):.1f} seconds",
        )

    def _failed(
        self, message: MessageContext, error: TransportError, *, blocking: bool
    ) -> TransportError | DeliveryError:
        """Note the failure; what to raise for it."""
        log.warning("endpoint %s: %s (%s) %s", self.label, error.message, error.codes[0], error.detail)
        _forget_lost_body(message, error)
        if isinstance(error, SendTimeout) and self.quality.timeout_action != "fault" and not blocking:
            return Abandoned(error)
        self._note_failure(message, error.codes)
        if blocking:
            return BlockingFault(error.message, code=ErrorCode.BLOCKING_SENDER_FAILED, codes=error.codes)
        error.code = error.codes[0]
        return error

    def _note_failure(self, message: MessageContext, codes: tuple[int, ...]) -> None:
        states = message.exchange.services.state
        state = states.get(self.identity)
        if state is None:
            state = states[self.identity] = EndpointState()
        state.failed(codes, self.quality.suspension, time.monotonic())


def _forget_lost_body(message: MessageContext, error: TransportError) -> None:
    """A body that was being streamed when the connection broke cannot be read any more."""
    payload = message.payload
    if error.sent and payload.kind is PayloadKind.UNREAD and payload.blob is None and payload.body.complete is None:
        payload.clear()


def endpoint_postfix(message: MessageContext, method: str, url: str, *, rest: bool = False) -> str:
    """The URL with REST_URL_POSTFIX behind it when this request takes one."""
    postfix = message.axis2.get("REST_URL_POSTFIX")
    if not postfix or not (rest or request_is_rest(message, method)):
        return url
    return with_postfix(url, str(postfix))
