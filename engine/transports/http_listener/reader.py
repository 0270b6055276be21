"""The reading side of one connection: from bytes to exchanges whose bodies are whole or still arriving."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.server import ServerState

from engine.message.body import BytesBody
from engine.transports.http_listener.body import StreamedBody
from engine.transports.http_listener.connection import Connection
from engine.transports.http_listener.errors import ClientGone, Refused
from engine.transports.http_listener.exchange import Exchange
from engine.transports.http_listener.framing import ChunkedFraming, LengthFraming
from engine.transports.http_listener.head import RequestHead, check_partial, parse_head
from engine.transports.http_listener.limits import ListenerLimits

IDLE: Final = 0
"""No byte of a request has arrived."""
HEAD: Final = 1
"""A head is arriving."""
BODY: Final = 2
"""The body of the current exchange is arriving."""
BUSY: Final = 3
"""The current request is here as a whole and waits for its answer."""
ENDING: Final = 4
"""The last answer is out; what still arrives is dropped."""

_LEADING_LINES: Final = 8
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class RequestReader(Connection):
    """Reads requests one after the other; the subclass runs them and decides how connections end."""

    __slots__ = (
        "_body",
        "_buffer",
        "_collected",
        "_continue",
        "_draining",
        "_exchange",
        "_framing",
        "_half_closed",
        "_progress",
        "_received",
        "_seen",
        "_server",
        "_state",
    )

    def __init__(self, limits: ListenerLimits, server_state: ServerState, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limits, loop)
        self._server = server_state
        self._state = IDLE
        self._draining = False
        """The server is stopping: what has begun is finished, nothing new is taken."""
        self._half_closed = False
        """The client has ended its sending side."""
        self._exchange: Exchange | None = None
        self._buffer = b""
        """Bytes not interpreted yet: a head in parts, or what was sent ahead."""
        self._seen = 0
        """How much of a head in parts has been looked at."""
        self._framing: ChunkedFraming | LengthFraming | None = None
        self._body: StreamedBody | None = None
        self._collected: list[bytes] | None = None
        """Pieces of a body that is handed over whole."""
        self._continue = False
        """The client waits for 100-continue."""
        self._received = 0
        """Body bytes since the body began, or since nobody reads it any more."""
        self._progress = 0
        """Bytes since the body's deadline was set."""

    # ---- the subclass does these

    def _start(self, exchange: Exchange) -> None:
        """Run the handler."""
        raise NotImplementedError

    def _refuse(self, refused: Refused) -> None:
        """Answer in the handler's stead and close."""
        raise NotImplementedError

    def _end(self) -> None:
        """Close after the last answer."""
        raise NotImplementedError

    def exchange_progressed(self, exchange: Exchange) -> None:
        """Go on to the next request once the answer is out and the request is out of the way."""
        raise NotImplementedError

    # ---- the event loop calls this

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        state = self._state
        if state == IDLE:
            self._read_head(data)
        elif state == BODY:
            self._read_body(data)
        elif state == BUSY:
            self._buffer = self._buffer + data if self._buffer else data
            if len(self._buffer) > self._limits.max_pipelined_bytes:
                self._pause_reading()
        elif state == HEAD:
            self._read_head(self._buffer + data)

    # ---- heads

    def _read_head(self, data: bytes) -> None:
        """Go on with a head; `data` is everything of it so far."""
        if data[:1] == b"\r":
            lines = 0
            while data.startswith(b"\r\n") and lines < _LEADING_LINES:
                data = data[2:]
                lines += 1
        seen = self._seen
        end = data.find(b"\r\n\r\n", seen - 3 if seen > 3 else 0)
        try:
            if end < 0:
                self._keep_partial(data)
                return
            head = parse_head(data, end, self._limits)
            self._seen = 0
            self._begin(head, data[end + 4 :])
        except Refused as refused:
            self._refuse(refused)

    def _keep_partial(self, data: bytes) -> None:
        if data:
            check_partial(data, self._seen, self._limits)
        self._buffer = data
        self._seen = len(data)
        if self._state == IDLE:
            self._state = HEAD
            self._expect(self._limits.header_timeout)

    def _begin(self, head: RequestHead, rest: bytes) -> None:
        """Start an exchange: with its whole body, after collecting a small one, or with a stream."""
        self._server.total_requests += 1
        exchange = self._exchange = Exchange(self, head)
        if self._draining:
            exchange.keep_alive = False
        length = head.length
        if length:
            limit = self._limits.max_body_bytes
            if limit is not None and length > limit:
                raise Refused(413, f"the body is larger than {limit} bytes")
        if length is not None and length <= len(rest):
            if length:
                exchange.body = BytesBody(rest[:length])
                rest = rest[length:]
            self._buffer = rest
            self._state = BUSY
            self._deadline = 0.0
            self._start(exchange)
            return
        self._buffer = b""
        self._state = BODY
        self._received = self._progress = 0
        self._framing = ChunkedFraming(self._limits.max_body_bytes) if length is None else LengthFraming(length)
        self._continue = head.expects_continue and not rest
        small = length is not None and length <= self._limits.buffered_body_bytes
        if (small and not self._continue) or (length is None and rest):
            self._collected = []
            self._expect(self._limits.body_timeout)
        else:
            self._stream(exchange, length)
        if rest:
            self._read_body(rest)
        if self._collected is not None and length is None:
            self._stream(exchange, None)

    # ---- bodies

    def _stream(self, exchange: Exchange, length: int | None) -> None:
        """Start the handler with a body that is still on its way."""
        body = self._body = StreamedBody(self, length)
        exchange.body = body
        if self._collected is not None:
            for piece in self._collected:
                body.feed(piece)
            self._collected = None
        if self._continue:
            self._deadline = 0.0
        else:
            self._expect(self._limits.body_timeout)
        self._start(exchange)

    def _read_body(self, data: bytes) -> None:
        """Go on with the body of the current exchange."""
        framing = self._framing
        if framing is None:
            raise RuntimeError("a body is being read that no request announced")
        try:
            piece = framing.feed(data)
        except Refused as refused:
            self._refuse(refused)
            return
        self._continue = False
        self._received += len(piece)
        self._progress += len(data)
        if framing.done:
            self._body_complete(piece, framing.rest)
            return
        if self._progress >= self._limits.min_body_progress:
            self._progress = 0
            self._expect(self._limits.body_timeout)
        body = self._body
        if self._collected is not None:
            self._collected.append(piece)
        elif body is not None and not body.closed:
            if piece:
                body.feed(piece)
            if body.buffered > self._limits.stream_window_bytes:
                self._wait_for_handler()
        elif self._unread_is_too_long():
            if self._exchange is not None and self._exchange.answered:
                self._end()
            else:
                self._wait_for_handler()

    def _body_complete(self, piece: bytes, rest: bytes) -> None:
        exchange, body, collected = self._exchange, self._body, self._collected
        self._framing = self._body = self._collected = None
        self._buffer = rest
        self._state = BUSY
        self._deadline = 0.0
        self._resume_unless_ahead()
        if exchange is None:
            return
        if collected is not None:
            collected.append(piece)
            exchange.body = BytesBody(b"".join(collected))
            self._start(exchange)
        elif body is not None:
            if piece and not body.closed:
                body.feed(piece)
            body.finish()
            self.exchange_progressed(exchange)

    def _wait_for_handler(self) -> None:
        """Hold the client back until the handler goes on; the client is not the slow one now."""
        self._pause_reading()
        self._deadline = 0.0

    def _resume_unless_ahead(self) -> None:
        """Let the client send on unless enough has been sent ahead or waits for the handler."""
        body = self._body
        if self._state == BODY and body is not None and body.buffered > self._limits.stream_window_bytes:
            return
        if self._state != BUSY or len(self._buffer) <= self._limits.max_pipelined_bytes:
            self._resume_reading()

    def _break_off(self, error: ClientGone) -> None:
        """End the body that is arriving with an error."""
        body = self._body
        self._framing = self._body = self._collected = None
        if body is not None:
            body.fail(error)

    def _unread_is_too_long(self) -> bool:
        """Whether taking in the unread rest of the body costs more than a new connection."""
        limit = self._limits.max_unread_body_bytes
        framing = self._framing
        return self._received > limit or (isinstance(framing, LengthFraming) and framing.left > limit)

    # ---- the streamed body calls these

    def body_wanted(self) -> None:
        """Let the client send on."""
        if self._state != BODY:
            return
        if self._continue:
            self._continue = False
            if self._exchange is not None and not self._exchange.responded:
                self.write(_CONTINUE)
        elif not self._read_paused:
            return
        self._progress = 0
        self._resume_reading()
        self._expect(self._limits.body_timeout)

    def body_closed(self) -> None:
        """Take the rest of the body in without a reader, within the limit."""
        if self._state != BODY or self._exchange is None:
            return
        self._received = self._progress = 0
        if not self._continue and not self._unread_is_too_long():
            self._resume_reading()
            self._expect(self._limits.body_timeout)
        self.exchange_progressed(self._exchange)

    # ---- the exchange calls this

    def settle_keep_alive(self, exchange: Exchange, *, streams: bool, success: bool) -> None:
        """Decide before the answer's head goes out whether the connection can be kept."""
        if self._state != BODY:
            return
        if self._continue and streams and success:
            # The answer may be made from the body: ask for it while that is still allowed.
            self._continue = False
            self.write(_CONTINUE)
            self._expect(self._limits.body_timeout)
        elif self._continue or (not streams and self._unread_is_too_long()):
            exchange.keep_alive = False
