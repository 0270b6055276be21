"""A message as a request on the wire: method, headers, body (TargetRequestFactory, PassThroughTransportUtils)."""

from __future__ import annotations

from collections.abc import AsyncIterable
from functools import lru_cache

from engine.message.blob import Blob, Spool
from engine.message.body import HeaderPairs
from engine.message.context import MessageContext
from engine.message.exchange import Reply
from engine.message.headers import wire_value
from engine.message.payload import PayloadKind

# Never handed from one side of the engine to the other: they describe one connection, or the engine writes its own.
_DROPPED = frozenset(
    {
        b"transfer-encoding",
        b"connection",
        b"keep-alive",
        b"content-length",
        b"date",
        b"server",
        b"user-agent",
        b"host",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"upgrade",
        b"expect",
        b"content-type",
    }
)
_PRESERVABLE = frozenset({b"date", b"server", b"user-agent", b"host"})
_NO_BODY = frozenset({"GET", "HEAD", "TRACE"})
_TRUE = (True, "true")
_FORM = "application/x-www-form-urlencoded"
USER_AGENT = (b"user-agent", b"synflow")


def method_of(message: MessageContext) -> str:
    """The method of the request: axis2 HTTP_METHOD, POST without one."""
    method = message.axis2.get("HTTP_METHOD")
    return str(method).upper() if method else "POST"


def request_is_rest(message: MessageContext, method: str) -> bool:
    """Whether REST_URL_POSTFIX is appended for this request (isRequestRest)."""
    return message.rest or method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")


def with_postfix(url: str, postfix: str) -> str:
    """The URL with the rest of the request path behind it: one slash between, queries joined."""
    if not postfix or url.startswith("jms:"):
        return url
    base, _, query = url.partition("?")
    path, _, more = postfix.partition("?")
    if path:
        base = base.rstrip("/") + "/" + path.lstrip("/")
    joined = "&".join(part for part in (query, more) if part)
    return f"{base}?{joined}" if joined else base


async def exchange(
    message: MessageContext, method: str, url: str, *, timeout: float | None, authorization: bytes | None = None
) -> Reply:
    """Send the message and return when the head of the reply is here.

    `authorization` replaces the message's own. Raises TransportError for what the network does, MediationError for a
    message that cannot be written or a URL that cannot be called.
    """
    axis2 = message.axis2
    http10 = axis2.get("FORCE_HTTP_1.0") in _TRUE
    if method == "GET":
        url = await _with_form(message, url)
    body, content_type, length = await request_body(
        message, method, sized=http10 or axis2.get("DISABLE_CHUNKING") in _TRUE
    )
    headers = request_headers(message, content_type, authorization)
    return await message.exchange.services.http.send(
        method,
        url,
        headers,
        body,
        content_length=length,
        timeout=timeout,
        http10=http10,
        absolute_form=axis2.get("FULL_URI") in _TRUE or axis2.get("POST_TO_URI") in _TRUE,
        keep_alive=axis2.get("NO_KEEPALIVE") not in _TRUE,
    )


async def request_body(
    message: MessageContext, method: str, *, sized: bool = False
) -> tuple[bytes | AsyncIterable[bytes], str | None, int | None]:
    """Body, Content-Type and length to send; nothing for methods without a body and for messages that hold none.

    `sized`: the length must be known before the first byte goes out; large bodies wait on disk for that.
    """
    payload = message.payload
    kind = payload.kind
    if method in _NO_BODY or kind is PayloadKind.EMPTY:
        return b"", None, 0
    if kind is PayloadKind.UNREAD:
        if payload.empty:
            return b"", None, 0
        if message.axis2.get("NO_ENTITY_BODY") in _TRUE:
            return b"", message.headers.text("content-type") or None, 0
        if sized and payload.body.length is None:
            await message.exchange.services.formats.collect(message)
    elif message.rest and payload.empty:
        return b"", None, 0
    written = await message.exchange.services.formats.write(message, request=True)
    body, length = written.body, written.length
    if sized and length is None and not isinstance(body, bytes):
        body = await _spooled(body)
        length = body.size
    return body, written.content_type, length


def request_headers(
    message: MessageContext, content_type: str | None, authorization: bytes | None = None
) -> HeaderPairs:
    """The transport headers as they go out, with the Content-Type of what was written."""
    exchange = message.exchange
    settings = exchange.services.settings
    if settings is None:
        correlation_header, dropped = _rules("activityid", authorization is not None, (), False)
    else:
        client = settings.http_client
        correlation_header, dropped = _rules(
            settings.mediation.correlation_header,
            authorization is not None,
            client.preserve_headers,
            client.preserve_user_agent,
        )
    headers = message.headers.pairs(dropped)
    if content_type is not None:
        headers.append((b"content-type", wire_value(content_type)))
    host = message.axis2.get("REQUEST_HOST_HEADER")
    if host:
        headers.append((b"host", wire_value(str(host))))
    if authorization is not None:
        headers.append((b"authorization", authorization))
    if correlation_header and exchange.correlation_id:
        headers.append((correlation_header, wire_value(exchange.correlation_id)))
    if USER_AGENT[0] in dropped or not message.headers.text("user-agent"):
        headers.append(USER_AGENT)
    return headers


@lru_cache(maxsize=16)
def _rules(
    correlation_header: str, authorized: bool, preserved: tuple[str, ...], user_agent: bool
) -> tuple[bytes, frozenset[bytes]]:
    """The name of the correlation header, and the names that are written anew.

    That header is one of them: the correlation id of the client is that of the exchange already.

    `preserved` names what goes out as the message has it (http_preserve_headers); what frames a message never does, and
    the Content-Type is that of what was written.
    """
    kept = {name.lower().encode("latin-1") for name in preserved} & _PRESERVABLE
    if user_agent:
        kept.add(b"user-agent")
    name = correlation_header.encode("latin-1")
    more = {name.lower()}
    if authorized:
        more.add(b"authorization")
    return name, (_DROPPED - kept) | more


async def _spooled(chunks: AsyncIterable[bytes]) -> Blob:
    spool = Spool()
    async for chunk in chunks:
        await spool.write(chunk)
    return await spool.finish()


async def _with_form(message: MessageContext, url: str) -> str:
    """A form that the flow has made travels in the URL of a GET (XFormURLEncodedFormatter)."""
    payload = message.payload
    if not payload.built or payload.empty or not str(message.axis2.get("messageType") or "").startswith(_FORM):
        return url
    written = await message.exchange.services.formats.write(message, request=True)
    body = written.body if isinstance(written.body, bytes) else (await _spooled(written.body)).read()
    form = body.decode("ascii", "replace")
    return url if not form else f"{url}{'&' if '?' in url else '?'}{form}"
