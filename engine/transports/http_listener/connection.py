"""The socket side of one connection: writing with back-pressure, one timer for all deadlines, ways to end."""

from __future__ import annotations

import asyncio
from typing import Final, cast

from engine.transports.http_listener.errors import ClientGone
from engine.transports.http_listener.limits import ListenerLimits

JOIN_BELOW: Final = 65536
"""Bodies and chunks up to this size travel in one write with their framing; larger ones are not copied."""


class Connection(asyncio.Protocol):
    """What a connection does whatever it speaks; the subclass knows HTTP and what a missed deadline means."""

    __slots__ = (
        "_deadline",
        "_limits",
        "_loop",
        "_read_paused",
        "_timer",
        "_timer_at",
        "_transport",
        "_write_mark",
        "_write_timer",
        "_write_waiters",
        "client",
        "closed",
        "scheme",
        "write_paused",
    )

    def __init__(self, limits: ListenerLimits, loop: asyncio.AbstractEventLoop) -> None:
        self._limits = limits
        self._loop = loop
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self.client: tuple[str, int] | None = None
        self.scheme = "http"
        self.closed = False
        """This side has ended the connection, or the other side has and this one noticed."""
        self.write_paused = False
        self._read_paused = False
        self._write_waiters: list[asyncio.Future[None]] = []
        self._write_timer: asyncio.TimerHandle | None = None
        self._write_mark = 0
        self._deadline = 0.0
        """Loop time at which patience ends; 0.0 when nothing is waited for."""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over an accepted connection."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self.client = (str(peer[0]), int(peer[1]))
        if transport.get_extra_info("sslcontext") is not None:
            self.scheme = "https"

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks and tell waiting writers."""
        self.closed = True
        self._deadline = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.resume_writing()

    @property
    def lost(self) -> bool:
        """Nothing can be sent any more."""
        return self.closed or self._transport.is_closing()

    # ---- deadlines

    def _expect(self, seconds: float) -> None:
        """Start or move the deadline; a timer that fires before it is left alone, it will look again."""
        self._deadline = deadline = self._loop.time() + seconds
        timer = self._timer
        if timer is None:
            self._timer_at = deadline
            self._timer = self._loop.call_at(deadline, self._tick)
        elif self._timer_at > deadline:
            timer.cancel()
            self._timer_at = deadline
            self._timer = self._loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        deadline = self._deadline
        if not deadline:
            return
        if self._loop.time() < deadline:
            self._timer_at = deadline
            self._timer = self._loop.call_at(deadline, self._tick)
        else:
            self._deadline = 0.0
            self._expired()

    def _expired(self) -> None:
        """Act on a deadline that has passed."""
        raise NotImplementedError

    # ---- reading

    def _pause_reading(self) -> None:
        if not self._read_paused and not self._transport.is_closing():
            self._read_paused = True
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._read_paused:
            self._read_paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()

    # ---- writing

    def write(self, data: bytes) -> None:
        """Hand bytes to the socket; raises ClientGone when it is closing."""
        if self._transport.is_closing():
            raise ClientGone("the client closed the connection before its answer was complete", sending=True)
        self._transport.write(data)

    def write_chunk(self, chunk: bytes) -> None:
        """Hand one chunk of a chunked body to the socket; raises ClientGone when it is closing.

        Not by `writelines`: asyncio's forgot about back-pressure in Python 3.12.0 to 3.12.8 and 3.13.0.
        """
        size = len(chunk)
        if size <= JOIN_BELOW:
            self.write(b"%x\r\n%b\r\n" % (size, chunk))
        else:
            self.write(b"%x\r\n" % size)
            self.write(chunk)
            self.write(b"\r\n")

    async def drained(self) -> None:
        """Wait until the client has taken enough of what was written; raises ClientGone when it goes away."""
        while self.write_paused:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._write_waiters.append(waiter)
            await waiter
        if self.closed:
            raise ClientGone("the client closed the connection before its answer was complete", sending=True)

    def pause_writing(self) -> None:
        """Hold writers back; the client must take something within the write time limit."""
        self.write_paused = True
        self._write_mark = self._transport.get_write_buffer_size()
        self._write_timer = self._loop.call_later(self._limits.write_timeout, self._check_write)

    def resume_writing(self) -> None:
        """Let writers go on."""
        self.write_paused = False
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
        waiters = self._write_waiters
        if waiters:
            self._write_waiters = []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def _check_write(self) -> None:
        """Break the connection of a client that took nothing since the last look."""
        size = self._transport.get_write_buffer_size()
        if size >= self._write_mark:
            self.abort()
            return
        self._write_mark = size
        self._write_timer = self._loop.call_later(self._limits.write_timeout, self._check_write)

    # ---- ending

    def abort(self) -> None:
        """Break the connection so that the client sees that its answer is not whole."""
        self.closed = True
        self._transport.abort()

    def _close(self) -> None:
        """Close once everything written has been taken; break off if the client does not take it in time."""
        self.closed = True
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._expect(self._limits.write_timeout)

    def _close_reading_on(self) -> None:
        """End the sending side but read on for a moment: a close now would reset unread answers away.

        TLS has no half-close; there the client sees the end when the moment is over.
        """
        self.closed = True
        self._resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._expect(self._limits.linger_timeout)
