"""Bodies as they come off a socket: whole bytes when they are already here, otherwise a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

HeaderPairs = list[tuple[bytes, bytes]]
"""Header fields in wire order. Names keep the sender's spelling unless the owner says otherwise."""


@runtime_checkable
class Body(Protocol):
    """The body of a request or reply, readable once.

    `complete` holds all bytes when nothing more will arrive (b"" for no body), else None: then iterate.
    `length` is the announced Content-Length, None when unknown (chunked, close-delimited).
    Iterating raises TransportError when the peer breaks off, and applies back-pressure to the peer while nobody reads.
    """

    complete: bytes | None
    length: int | None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the chunks in order; also works when `complete` is set (one chunk, or none when empty)."""
        ...

    async def aclose(self) -> None:
        """Give up the rest; safe to call twice and after the end."""
        ...


class BytesBody:
    """A body that is wholly in memory."""

    __slots__ = ("complete", "length")

    def __init__(self, data: bytes) -> None:
        self.complete: bytes | None = data
        self.length: int | None = len(data)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.complete:
            yield self.complete

    async def aclose(self) -> None:
        """Nothing to give up."""


EMPTY_BODY = BytesBody(b"")
