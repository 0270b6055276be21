"""The request side of an exchange, as the data plane sees it; listeners implement it, tests fake it."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Protocol

from engine.message.body import Body, HeaderPairs


class Inbound(Protocol):
    """One request that waits for its one answer.

    `target` is the request target as received (path and query, percent-encoded); `headers` have lower-case names.
    """

    method: str
    target: str
    scheme: str
    http_version: str
    headers: HeaderPairs
    client: tuple[str, int] | None
    body: Body
    responded: bool

    async def respond(
        self, status: int, headers: HeaderPairs, body: bytes | AsyncIterable[bytes], *, reason: bytes = b""
    ) -> None:
        """Send the answer; returns when it is handed to the peer's socket, with back-pressure for streams.

        Content-Length, Transfer-Encoding, Connection and Date are the listener's business: what the caller gives of
        them is dropped, except that a Content-Length beside a stream announces its length.
        A stream that raises half-way makes the listener break the connection, never end the body as if it were whole.
        Raises ConnectionError when the client is gone; a second call raises RuntimeError.
        """
        ...

    async def disconnected(self) -> None:
        """Return when the client has gone away."""
        ...


Handler = Callable[[Inbound], Awaitable[None]]
"""The data plane: answers one request. An exception out of it is a 500 of the listener's own."""
