"""The HTTP client as flows see it: a URL and a time limit instead of parsed targets and limit objects."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import replace

from engine.errors import ErrorCode, TransportError
from engine.message.body import HeaderPairs
from engine.transports.http_client import ClientResponse, HttpClient, parse_target


class HttpCalls:
    """Sends the requests of flows through one pool of connections."""

    __slots__ = ("client",)

    def __init__(self, client: HttpClient) -> None:
        self.client = client

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
    ) -> ClientResponse:
        """Send one request; `timeout` is the seconds until the head of the answer. Raises TransportError."""
        try:
            target = parse_target(url)
        except ValueError as error:
            raise TransportError(
                "Error connecting to the back end", code=ErrorCode.CONNECTION_FAILED, detail=str(error)
            ) from error
        timeouts = None if timeout is None else replace(self.client.settings.timeouts, reply=timeout)
        return await self.client.request(
            method,
            target,
            headers,
            body,
            content_length=content_length,
            timeouts=timeouts,
            http10=http10,
            absolute_form=absolute_form,
            keep_alive=keep_alive,
        )
