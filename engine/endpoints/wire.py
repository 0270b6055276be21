"""A message as a request on the wire: method, headers, body (TargetRequestFactory, PassThroughTransportUtils)."""

from __future__ import annotations

from collections.abc import AsyncIterable

from engine.errors import PayloadError
from engine.message.body import HeaderPairs
from engine.message.context import MessageContext
from engine.message.headers import wire_value
from engine.message.payload import PayloadKind

# Never handed from one side of the engine to the other: they describe one connection, or the engine writes its own.
DROPPED = frozenset({
    b"transfer-encoding", b"connection", b"keep-alive", b"content-length", b"date", b"server", b"user-agent", b"host",
    b"proxy-connection", b"te", b"trailer", b"upgrade", b"expect",
})
_DROPPED_WITH_TYPE = DROPPED | {b"content-type"}
_NO_BODY = frozenset({"GET", "HEAD", "TRACE"})
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
    if not postfix:
        return url
    base, _, query = url.partition("?")
    path, _, more = postfix.partition("?")
    if path:
        base = base.rstrip("/") + "/" + path.lstrip("/")
    joined = "&".join(part for part in (query, more) if part)
    return f"{base}?{joined}" if joined else base


async def request_body(message: MessageContext, method: str) -> tuple[bytes | AsyncIterable[bytes], str | None, int | None]:
    """Body, Content-Type and length to send; nothing for methods without a body and for messages that hold none."""
    payload = message.payload
    if method in _NO_BODY:
        return b"", None, 0
    if payload.kind is PayloadKind.EMPTY or payload.empty:
        return b"", None, 0
    if message.axis2.get("NO_ENTITY_BODY") in (True, "true") and payload.kind is PayloadKind.UNREAD:
        return b"", None, 0
    written = await message.exchange.services.formats.write(message, request=True)
    return written.body, written.content_type, written.length


def request_headers(message: MessageContext, content_type: str | None) -> HeaderPairs:
    """The transport headers as they go out, with the Content-Type of what was written."""
    headers = message.headers.pairs(_DROPPED_WITH_TYPE)
    if content_type is not None:
        headers.append((b"content-type", wire_value(content_type)))
    host = message.axis2.get("REQUEST_HOST_HEADER")
    if host:
        headers.append((b"host", wire_value(str(host))))
    correlation = message.exchange.correlation_id
    if correlation and not any(name.lower() == b"activityid" for name, _ in headers):
        headers.append((b"activityid", wire_value(correlation)))
    headers.append(USER_AGENT)
    return headers


async def collected(body: AsyncIterable[bytes], limit: int = 64 << 20) -> bytes:
    """A streamed body in one piece, for DISABLE_CHUNKING. Raises PayloadError above `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size > limit:
            raise PayloadError(f"DISABLE_CHUNKING needs the length of the body, which is above {limit} bytes", code=0)
        parts.append(chunk)
    return b"".join(parts)
