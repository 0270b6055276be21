"""A request body that is still arriving while the handler runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from engine.transports.http_listener.connection import JOIN_BELOW


class BodySource(Protocol):
    """The connection a streamed body comes from."""

    def body_wanted(self) -> None:
        """Somebody waits for bytes: let the client send (answers 100-continue, lifts back-pressure)."""
        ...

    def body_closed(self) -> None:
        """Nobody will read the rest."""
        ...


class StreamedBody:
    """Body bytes handed from the connection to the one reader; satisfies engine.message.body.Body."""

    __slots__ = (
        "_ended",
        "_error",
        "_pieces",
        "_source",
        "_waiter",
        "buffered",
        "closed",
        "complete",
        "length",
    )

    def __init__(self, source: BodySource, length: int | None) -> None:
        self.complete: bytes | None = None
        self.length = length
        self.closed = False
        self.buffered = 0
        """Bytes that wait for the reader."""
        self._source = source
        self._pieces: list[bytes] = []
        self._ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def feed(self, data: bytes) -> None:
        """Add bytes from the connection."""
        self._pieces.append(data)
        self.buffered += len(data)
        self._wake()

    def finish(self) -> None:
        """Mark the regular end."""
        self._ended = True
        self._wake()

    def fail(self, error: Exception) -> None:
        """Break the body off: the reader gets what has arrived, then `error`."""
        if not self._ended and self._error is None:
            self._error = error
            self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            if self._pieces:
                pieces = self._pieces
                if len(pieces) > 1 and self.buffered <= JOIN_BELOW:
                    pieces = [b"".join(pieces)]
                self._pieces = []
                self.buffered = 0
                if not self._ended and self._error is None:
                    self._source.body_wanted()
                for piece in pieces:
                    yield piece
            elif self._error is not None:
                raise self._error
            elif self._ended or self.closed:
                return
            elif self._waiter is not None:
                raise RuntimeError("two readers wait for one request body")
            else:
                self._source.body_wanted()
                if self._pieces or self._ended or self._error is not None:
                    continue
                self._waiter = asyncio.get_running_loop().create_future()
                try:
                    await self._waiter
                finally:
                    self._waiter = None

    def drop(self, error: Exception) -> None:
        """Let go of the rest although its reader may still be about; that one gets `error`."""
        self.closed = True
        self._pieces.clear()
        self.buffered = 0
        self.fail(error)

    async def aclose(self) -> None:
        """Give up the rest."""
        if not self.closed:
            self.closed = True
            self._pieces.clear()
            self.buffered = 0
            if not self._ended:
                self._wake()
                self._source.body_closed()
