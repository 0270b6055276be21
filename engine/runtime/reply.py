"""Answering the client: status, headers and body out of a message (PassThroughHttpSender of the reference engine)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterable
from http import HTTPStatus

from engine.artifacts.api import Api
from engine.artifacts.cors import CorsPolicy
from engine.codecs.soap import SoapVersion, convert_envelope
from engine.message.body import HeaderPairs
from engine.message.context import MessageContext
from engine.message.exchange import Exchange, Formatted
from engine.message.headers import wire_value
from engine.message.no_body import NO_BODY
from engine.message.payload import PayloadKind
from engine.runtime.properties import Facts

log = logging.getLogger("synflow.reply")

_HOP_BY_HOP = frozenset(
    {
        b"transfer-encoding",
        b"connection",
        b"keep-alive",
        b"content-length",
        b"date",
        b"content-type",
        b"user-agent",
        b"proxy-connection",
        b"upgrade",
        b"te",
        b"trailer",
    }
)
# Of a request that is sent back, what only makes sense towards a server.
_REQUEST_ONLY = _HOP_BY_HOP | {b"host", b"expect", b"proxy-authorization"}
_FAULT_TAGS = frozenset(version.tag("Fault") for version in SoapVersion)
_SOAP_TYPES = frozenset(version.media_type for version in SoapVersion)
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class Answerer:
    """Sends messages to their clients. `cors` holds the rules for APIs without rules of their own."""

    __slots__ = ("cors",)

    def __init__(self, cors: CorsPolicy | None = None) -> None:
        self.cors = cors if cors else None

    async def answer(self, message: MessageContext) -> None:
        """Send the message as the answer; a second one is dropped with a warning.

        Raises PayloadError when the payload cannot be written, with nothing sent yet.
        """
        exchange = message.exchange
        if exchange.answered:
            log.warning("Trying to send a response to an already responded client request (%s)", exchange.entry)
            return
        exchange.answered = True
        try:
            status = status_of(message)
            body, content_type, length = await _body_of(message, status)
        except BaseException:
            exchange.answered = False
            raise
        headers = message.headers.pairs(_HOP_BY_HOP if message.replied else _REQUEST_ONLY)
        if content_type:
            headers.append((b"content-type", wire_value(content_type)))
        if length is not None and not isinstance(body, bytes):
            headers.append((b"content-length", str(length).encode()))
        if message.axis2.get("HTTP_ETAG") is True and isinstance(body, bytes):
            headers.append((b"etag", f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'.encode()))
        headers.extend(self.cors_headers(exchange))
        await _send(exchange, status, headers, body, _reason_of(message, status))

    async def accept(self, message: MessageContext) -> None:
        """Answer 202 at once when the flow asked for that (FORCE_SC_ACCEPTED); later answers are not delivered."""
        if not message.exchange.answered and _is_true(message.axis2.get("FORCE_SC_ACCEPTED")):
            await self.status(message.exchange, 202)

    async def status(
        self,
        exchange: Exchange,
        status: int,
        headers: HeaderPairs | None = None,
        body: bytes = b"",
        *,
        cross_origin: bool = True,
    ) -> None:
        """Answer with a bare status, unless the client has its answer."""
        if exchange.answered:
            return
        exchange.answered = True
        pairs = list(headers or ())
        if cross_origin:
            pairs.extend(self.cors_headers(exchange))
        await _send(exchange, status, pairs, body, b"")

    def policy(self, exchange: Exchange) -> CorsPolicy | None:
        """The cross-origin rules of this request."""
        api = exchange.api
        if isinstance(api, Api) and api.cors is not None:
            return api.cors.policy
        return self.cors

    def cors_headers(self, exchange: Exchange) -> HeaderPairs:
        """The cross-origin headers of an answer that is no preflight's."""
        policy = self.policy(exchange)
        if policy is None:
            return []
        return policy.answer_headers(origin_of(exchange))


def origin_of(exchange: Exchange) -> str:
    """The Origin header of the request, "" when there is none."""
    for name, value in exchange.inbound.headers:
        if name == b"origin":
            return value.decode("latin-1")
    return ""


def status_of(message: MessageContext) -> int:
    """The status of the answer: SC_ACCEPTED, HTTP_SC, 500 for a SOAP fault, else 200; 502 with an axis2 ERROR_CODE.

    (PassThroughTransportUtils.determineHttpStatusCode and PassThroughHttpSender.submitResponse.)
    """
    axis2 = message.axis2
    if "ERROR_CODE" in axis2 and axis2["ERROR_CODE"] is not None:
        return 502
    if _is_true(axis2.get("SC_ACCEPTED")):
        return 202
    wanted = axis2.get("HTTP_SC")
    if wanted is not None and wanted != "":
        status = _status_number(wanted)
        if status is not None:
            return status
        log.warning("HTTP_SC is %r, which is no HTTP status; it counts as unset (%s)", wanted, message.exchange.entry)
    if message.payload.kind is PayloadKind.XML and not _is_true(axis2.get("FAULTS_AS_HTTP_200")):
        element = message.payload.bare_root
        if element is None:
            element = message.payload.element()
        if element is not None and (element.tag in _FAULT_TAGS or (message.fault and element.tag == "Exception")):
            return 500
    return 200


def _status_number(value: object) -> int | None:
    if type(value) is int:
        number = value
    else:
        try:
            number = int(str(value).strip())
        except ValueError:
            return None
    return number if 200 <= number <= 999 else None


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


async def _body_of(message: MessageContext, status: int) -> tuple[bytes | AsyncIterable[bytes], str | None, int | None]:
    """The bytes to send with their type and length; none where the status or NO_ENTITY_BODY says so."""
    no_body = message.axis2.get("NO_ENTITY_BODY")
    if no_body is NO_BODY:
        nothing = message.payload.empty
    else:
        nothing = _is_true(no_body)
    if nothing or status in _BODILESS:
        await message.payload.body.aclose()
        return b"", None, None
    if message.payload.kind is PayloadKind.XML and message.axis2.get("messageType") in _SOAP_TYPES:
        _match_soap_version(message)
    if _is_true(message.axis2.get("DISABLE_CHUNKING")):
        await message.exchange.services.formats.collect(message)
    formatted: Formatted = await message.exchange.services.formats.write(message, request=False)
    if message.exchange.inbound.method == "HEAD" and not isinstance(formatted.body, bytes):
        await message.payload.body.aclose()
        return b"", formatted.content_type, None
    return formatted.body, formatted.content_type, formatted.length


def _match_soap_version(message: MessageContext) -> None:
    """Give a SOAP client the version it speaks; other clients get SOAP as it is."""
    version = Facts(message.exchange.inbound).soap_version
    if version is None:
        return
    if message.payload.soap is not version:
        message.payload.set_envelope(convert_envelope(message.payload.envelope(), version))
    if message.axis2.get("messageType") != version.media_type:
        message.axis2["messageType"] = message.axis2["ContentType"] = version.media_type
        message.headers.set("Content-Type", version.media_type)


def _reason_of(message: MessageContext, status: int) -> bytes:
    """The reason phrase that the flow set, or the back end's as long as its status stands."""
    phrase = message.axis2.get("HTTP_SC_DESC")
    if not isinstance(phrase, str) or not phrase:
        return b""
    original = message.axis2.get("ORIGINAL_STATUS_CODE")
    stale = original is not None and _status_number(original) != status
    if stale and phrase == message.axis2.get("HTTP_REASON_PHRASE"):
        return b""
    return wire_value(phrase)


async def _send(
    exchange: Exchange, status: int, headers: HeaderPairs, body: bytes | AsyncIterable[bytes], reason: bytes
) -> None:
    try:
        await exchange.inbound.respond(status, headers, body, reason=reason)
    except ConnectionError as error:
        log.info("the client of %s went away before its answer: %s", exchange.entry, error)
