"""The reply to a call."""

from __future__ import annotations

from engine.message.body import Body, HeaderPairs
from engine.transports.http_client.response_head import ResponseHead


class ClientResponse:
    """Status, fields (lower-case names, wire order) and body of a reply.

    `reason` may be empty; `http_version` is "1.1" or "1.0". A body with `complete` unset holds its
    connection until it is read to the end or closed. `interim` replies and trailers are not kept.
    """

    __slots__ = ("body", "headers", "http_version", "reason", "status")

    def __init__(self, head: ResponseHead, body: Body) -> None:
        self.status = head.status
        self.reason = head.reason
        self.headers: HeaderPairs = head.headers
        self.http_version = head.http_version
        self.body = body

    async def read(self) -> bytes:
        """The whole body in memory. Raises TransportError when the peer breaks off."""
        complete = self.body.complete
        if complete is not None:
            return complete
        return b"".join([chunk async for chunk in self.body])

    async def aclose(self) -> None:
        """Give up what was not read."""
        await self.body.aclose()

    def __repr__(self) -> str:
        return f"<ClientResponse {self.status} {self.reason.decode('latin-1')}>"
