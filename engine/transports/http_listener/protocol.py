"""HTTP/1.1 on one connection, as the protocol class of uvicorn.

uvicorn stays the server (sockets, TLS, connection set, drain); this class is its `http` class for the
data plane. It makes an Exchange of each request and calls the handler with it, without ASGI's
dictionaries and messages between. Requests of a connection are answered one after the other: what a
client sends ahead waits unparsed, bounded, and is read only when its turn has come.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, cast

from uvicorn import Config
from uvicorn.server import ServerState

from engine.message.body import BytesBody
from engine.transports.http_listener.asgi import AsgiFace
from engine.transports.http_listener.body import StreamedBody
from engine.transports.http_listener.connection import Connection
from engine.transports.http_listener.errors import ClientGone, Refused, RequestTooLarge
from engine.transports.http_listener.exchange import Exchange
from engine.transports.http_listener.framing import ChunkedFraming, LengthFraming
from engine.transports.http_listener.head import RequestHead, check_partial, parse_head
from engine.transports.http_listener.response import refusal

logger = logging.getLogger(__name__)

_IDLE: Final = 0
"""No byte of a request has arrived."""
_HEAD: Final = 1
"""A head is arriving."""
_BODY: Final = 2
"""The body of the current exchange is arriving."""
_BUSY: Final = 3
"""The current request is here as a whole and waits for its answer."""
_ENDING: Final = 4
"""The last answer is out; what still arrives is dropped."""

_LEADING_LINES: Final = 8
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class HttpProtocol(Connection):
    """One connection: reads requests, runs the handler for each, keeps order, limits and time."""

    __slots__ = (
        "_body",
        "_buffer",
        "_collected",
        "_continue",
        "_draining",
        "_exchange",
        "_framing",
        "_handler",
        "_progress",
        "_received",
        "_seen",
        "_server",
        "_state",
    )

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        face = config.app
        if not isinstance(face, AsgiFace):
            raise TypeError(
                "HttpProtocol serves an AsgiFace; serve other ASGI applications with http='httptools'"
            )
        super().__init__(face.limits, _loop or asyncio.get_event_loop())
        self._handler = face.handler
        self._server = server_state
        self._state = _IDLE
        self._draining = False
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
        self._progress = 0

    # ---- the event loop calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over an accepted connection."""
        super().connection_made(transport)
        connections = cast("set[HttpProtocol]", self._server.connections)
        connections.add(self)
        if len(connections) > self._limits.max_connections:
            self._refuse(Refused(503, "this server has no free connection, try again later"))
        else:
            self._expect(self._limits.header_timeout)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        state = self._state
        if state == _IDLE:
            self._read_head(data)
        elif state == _BODY:
            self._read_body(data)
        elif state == _BUSY:
            self._buffer = self._buffer + data if self._buffer else data
            if len(self._buffer) > self._limits.max_pipelined_bytes:
                self._pause_reading()
        elif state == _HEAD:
            self._read_head(self._buffer + data)

    def eof_received(self) -> bool:
        """Take the client's end of sending; an answer that is being made is still delivered."""
        exchange = self._exchange
        running = exchange is not None and self._collected is None and self._state != _ENDING
        if self._state == _BODY:
            self._break_off(ClientGone("the client broke off its request body"))
            self._state = _BUSY
        if exchange is None or not running:
            return False
        self._deadline = 0.0
        exchange.keep_alive = False
        exchange.client_left()
        self.exchange_progressed(exchange)
        return self.scheme == "http"

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up; whoever waits for this connection learns that it is gone."""
        cast("set[HttpProtocol]", self._server.connections).discard(self)
        self._state = _ENDING
        self._buffer = b""
        self._break_off(ClientGone("the client closed the connection before its request body was complete"))
        if self._exchange is not None:
            self._exchange.client_left()
            self._exchange = None
        super().connection_lost(exc)

    # ---- uvicorn calls this

    def shutdown(self) -> None:
        """Finish what has begun, take nothing new, then close."""
        self._draining = True
        if self._exchange is not None:
            self._exchange.keep_alive = False
        elif self._state == _IDLE:
            self._state = _ENDING
            self._close()

    # ---- reading

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
        if self._state == _IDLE:
            self._state = _HEAD
            self._expect(self._limits.header_timeout)

    def _begin(self, head: RequestHead, rest: bytes) -> None:
        """Start an exchange: with its whole body, after collecting a small one, or with a stream."""
        self._server.total_requests += 1
        exchange = self._exchange = Exchange(self, head)
        if self._draining:
            exchange.keep_alive = False
        length = head.length
        if length is not None and length <= len(rest):
            if length:
                exchange.body = BytesBody(rest[:length])
                rest = rest[length:]
            self._buffer = rest
            self._state = _BUSY
            self._check_size(length)
            self._start(exchange)
            return
        self._buffer = b""
        self._state = _BODY
        self._received = self._progress = 0
        if length is None:
            self._framing = ChunkedFraming(self._limits.max_body_bytes)
        else:
            self._check_size(length)
            self._framing = LengthFraming(length)
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

    def _check_size(self, length: int) -> None:
        limit = self._limits.max_body_bytes
        if limit is not None and length > limit:
            raise Refused(413, f"the body is larger than {limit} bytes")

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
            self._give_up_unread()

    def _body_complete(self, piece: bytes, rest: bytes) -> None:
        exchange, body, collected = self._exchange, self._body, self._collected
        self._framing = self._body = self._collected = None
        self._buffer = rest
        self._state = _BUSY
        self._deadline = 0.0
        self._resume_reading()
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
        """Hold the client back until the handler reads on; the client is not the slow one now."""
        self._pause_reading()
        self._deadline = 0.0

    def _break_off(self, error: ClientGone) -> None:
        """End the body that is arriving with an error."""
        body = self._body
        self._framing = self._body = self._collected = None
        if body is not None:
            body.fail(error)

    # ---- the streamed body calls these

    def body_wanted(self) -> None:
        """Let the client send on."""
        if self._state != _BODY:
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
        if self._state != _BODY or self._exchange is None:
            return
        self._received = self._progress = 0
        if not self._continue and not self._unread_is_too_long():
            self._resume_reading()
            self._expect(self._limits.body_timeout)
        self.exchange_progressed(self._exchange)

    def _unread_is_too_long(self) -> bool:
        """Whether the unread rest of the body costs more than a new connection."""
        limit = self._limits.max_unread_body_bytes
        framing = self._framing
        return self._received > limit or (isinstance(framing, LengthFraming) and framing.left > limit)

    def _give_up_unread(self) -> None:
        if self._exchange is not None and not self._exchange.answered:
            self._wait_for_handler()
        else:
            self._end()

    # ---- exchanges

    def _start(self, exchange: Exchange) -> None:
        if not isinstance(exchange.body, StreamedBody):
            self._deadline = 0.0
        tasks = self._server.tasks
        task = self._loop.create_task(self._run(exchange))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _run(self, exchange: Exchange) -> None:
        """Call the handler and see to it that the client gets an answer."""
        try:
            await self._handler(exchange)
            if not exchange.responded:
                logger.error("%s %s: the handler returned without an answer", exchange.method, exchange.path)
                exchange.fail(500, "the request was not answered")
        except ClientGone as gone:
            logger.debug("%s %s: %s", exchange.method, exchange.path, gone)
            exchange.fail(500, "the request could not be answered")
        except asyncio.CancelledError:
            exchange.fail(503, "the server is shutting down")
            raise
        except Exception:
            logger.exception("%s %s: the handler failed", exchange.method, exchange.path)
            exchange.fail(500, "internal error")
        finally:
            exchange.handled = True
            self.exchange_progressed(exchange)

    def settle_keep_alive(self, exchange: Exchange, *, streams: bool, success: bool) -> None:
        """Decide before the answer's head goes out whether the connection can be kept."""
        if self._state != _BODY:
            return
        if self._continue and streams and success:
            # The answer may be made from the body: ask for it while that is still allowed.
            self.body_wanted()
        elif self._continue or (not streams and self._unread_is_too_long()):
            exchange.keep_alive = False

    def exchange_progressed(self, exchange: Exchange) -> None:
        """Go on to the next request once the answer is out and the request is out of the way."""
        if exchange is not self._exchange or not exchange.answered or self._state == _ENDING:
            return
        if self._state == _BODY:
            body = self._body
            if body is not None and not body.closed and not exchange.handled:
                return
            if body is not None and not body.closed:
                body.closed = True
                self._received = self._progress = 0
            if not exchange.keep_alive or self._continue or self._unread_is_too_long():
                self._end()
            else:
                self._resume_reading()
                self._expect(self._limits.body_timeout)
            return
        if not exchange.keep_alive:
            self._end()
            return
        self._exchange = None
        self._state = _IDLE
        data = self._buffer
        if data:
            self._buffer = b""
            self._resume_reading()
            self._expect(self._limits.header_timeout)
            self._read_head(data)
        else:
            self._expect(self._limits.keep_alive_timeout)

    # ---- ending

    def _end(self) -> None:
        """Close after the last answer, so that the client can read it."""
        unread = self._state != _BUSY or self._read_paused
        self._state = _ENDING
        self._buffer = b""
        self._break_off(ClientGone("the connection is closing"))
        self._exchange = None
        if unread:
            self._close_reading_on()
        else:
            self._close()

    def _refuse(self, refused: Refused) -> None:
        """Answer in the handler's stead and close; an answer that has begun can only be broken off."""
        logger.debug("refused a request of %s: %s", self.client, refused)
        exchange = self._exchange
        self._break_off((RequestTooLarge if refused.status == 413 else ClientGone)(refused.text))
        if exchange is not None:
            exchange.client_left()
            if exchange.responded and not exchange.answered:
                self._state = _ENDING
                self.abort()
                return
        if (exchange is None or not exchange.responded) and not self._transport.is_closing():
            self._transport.write(refusal(refused.status, refused.text))
        if exchange is not None and not exchange.responded:
            exchange.responded = exchange.refused = True
        self._state = _HEAD
        self._end()

    def _expired(self) -> None:
        """Act on a client that was too slow."""
        state = self._state
        if state == _IDLE:
            self._state = _ENDING
            self._close()
        elif state == _HEAD:
            seconds = self._limits.header_timeout
            self._refuse(Refused(408, f"the request head was not complete within {seconds:g} seconds"))
        elif state == _BODY:
            seconds = self._limits.body_timeout
            self._refuse(Refused(408, f"the request body did not go on within {seconds:g} seconds"))
        elif state == _ENDING:
            self.abort()
