"""The client under httpx, for connectors, OAuth and tests that speak httpx."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx

from engine.errors import ErrorCode, TransportError
from engine.message.body import HeaderPairs
from engine.transports.http_client.client import HttpClient
from engine.transports.http_client.failures import QUEUE_FULL
from engine.transports.http_client.response import ClientResponse
from engine.transports.http_client.settings import Timeouts
from engine.transports.http_client.target import parse_target

_LEFT_OUT = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"))


class ClientTransport(httpx.AsyncBaseTransport):
    """An httpx transport over an `HttpClient`.

    Without a client it makes and closes its own; one that is given stays open when the transport is closed.
    httpx's four time limits become connect and read (the larger of read and write); its pool limit counts
    with connect.
    """

    def __init__(self, client: HttpClient | None = None) -> None:
        self._owned = client is None
        self.client = HttpClient() if client is None else client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; TransportError becomes the nearest exception of httpx, its detail the text."""
        try:
            target = parse_target(str(request.url))
        except ValueError as cause:
            raise httpx.UnsupportedProtocol(str(cause), request=request) from cause
        headers, length, keep_alive = _headers(request.headers.raw)
        try:
            body: bytes | Any = request.content
        except httpx.RequestNotRead:
            body = request.stream
        try:
            response = await self.client.request(
                request.method,
                target,
                headers,
                body,
                content_length=length if not isinstance(body, bytes) else None,
                timeouts=self._timeouts(request),
                keep_alive=keep_alive,
            )
        except TransportError as error:
            raise _translated(error, request) from error
        except ValueError as cause:
            raise httpx.LocalProtocolError(str(cause), request=request) from cause
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_ResponseStream(response, request),
            extensions={
                "http_version": b"HTTP/" + response.http_version.encode(),
                "reason_phrase": response.reason,
            },
            request=request,
        )

    def _timeouts(self, request: httpx.Request) -> Timeouts | None:
        limits: dict[str, float | None] | None = request.extensions.get("timeout")
        if limits is None:
            return None
        read, write = limits.get("read"), limits.get("write")
        silence = None if read is None or write is None else max(read, write)
        return Timeouts(connect=limits.get("connect"), read=silence)

    async def aclose(self) -> None:
        """Close the client, if it is our own."""
        if self._owned:
            await self.client.aclose()


class _ResponseStream(httpx.AsyncByteStream):
    __slots__ = ("_request", "_response")

    def __init__(self, response: ClientResponse, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.body:
                yield chunk
        except TransportError as error:
            raise _translated(error, self._request) from error

    async def aclose(self) -> None:
        await self._response.aclose()


def _headers(raw: HeaderPairs) -> tuple[HeaderPairs, int | None, bool]:
    """Fields to send, the announced length, and whether the connection may be kept."""
    kept: HeaderPairs = []
    length: int | None = None
    keep_alive = True
    for name, value in raw:
        lower = name.lower()
        if lower == b"content-length" and value.isdigit():
            length = int(value)
        elif lower not in _LEFT_OUT:
            kept.append((name, value))
        elif lower == b"connection" and b"close" in value.lower():
            keep_alive = False
    return kept, length, keep_alive


def _translated(error: TransportError, request: httpx.Request) -> httpx.TransportError:
    text = error.detail or error.message
    code = error.base_code
    if code == ErrorCode.CONNECTION_FAILED:
        return httpx.ConnectError(text, request=request)
    if code == ErrorCode.CONNECT_TIMEOUT:
        return httpx.ConnectTimeout(text, request=request)
    if code == ErrorCode.TIMEOUT:
        kind = httpx.PoolTimeout if error.message == QUEUE_FULL else httpx.ReadTimeout
        return kind(text, request=request)
    if code == ErrorCode.PROTOCOL_VIOLATION:
        return httpx.RemoteProtocolError(text, request=request)
    if code == ErrorCode.CONNECTION_CLOSED:
        return httpx.RemoteProtocolError(text, request=request)
    return httpx.WriteError(text, request=request)
