"""HTTP/1.1 on one connection, as the protocol class of uvicorn.

uvicorn stays the server (sockets, TLS, connection set); this class is its `http` class for the data plane.
It makes an Exchange of each request and calls the handler with it, without ASGI's dictionaries and messages
between. Requests of a connection are answered one after the other: what a client sends ahead waits
uninterpreted, bounded, and is read only when its turn has come.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from uvicorn import Config
from uvicorn.server import ServerState

from engine.transports.http_listener.asgi import AsgiFace
from engine.transports.http_listener.errors import ClientGone, Refused, RequestTooLarge
from engine.transports.http_listener.exchange import Exchange
from engine.transports.http_listener.reader import BODY, BUSY, ENDING, HEAD, IDLE, RequestReader
from engine.transports.http_listener.response import refusal

logger = logging.getLogger(__name__)


class HttpProtocol(RequestReader):
    """One connection: runs the handler for each request, keeps order, limits and time."""

    __slots__ = ("_handler",)

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        face = config.loaded_app if isinstance(config.loaded_app, AsgiFace) else config.app
        if not isinstance(face, AsgiFace):
            raise TypeError("HttpProtocol serves an AsgiFace; serve other applications with http='httptools'")
        super().__init__(face.limits, server_state, _loop or asyncio.get_event_loop())
        self._handler = face.handler

    # ---- the event loop calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over an accepted connection, or turn it away when there are too many."""
        super().connection_made(transport)
        connections = cast("set[HttpProtocol]", self._server.connections)
        connections.add(self)
        limit = self._limits.max_connections
        if len(connections) <= limit:
            self._expect(self._limits.header_timeout)
        elif len(connections) <= 2 * limit:
            self._refuse(Refused(503, "this server has no free connection, try again later"))
        else:
            self._state = ENDING
            self.abort()

    def eof_received(self) -> bool:
        """Take the client's end of sending; answers that are being made are still delivered."""
        exchange = self._exchange
        self._half_closed = True
        if exchange is None or self._collected is not None or self._state == ENDING:
            return False
        if self._state == BODY:
            self._break_off(ClientGone("the client broke off its request body"))
            self._state = BUSY
        self._deadline = 0.0
        if not self._buffer:
            exchange.keep_alive = False
        exchange.client_left()
        self.exchange_progressed(exchange)
        return self.scheme == "http"

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up; whoever waits for this connection learns that it is gone."""
        cast("set[HttpProtocol]", self._server.connections).discard(self)
        self._state = ENDING
        self._buffer = b""
        self._break_off(ClientGone("the client closed the connection before its request body was complete"))
        if self._exchange is not None:
            self._exchange.client_left()
            self._exchange = None
        super().connection_lost(exc)

    # ---- the server calls this

    def shutdown(self) -> None:
        """Finish what has begun, take nothing new, then close."""
        self._draining = True
        if self._exchange is not None:
            self._exchange.keep_alive = False
        elif self._state == IDLE:
            self._state = ENDING
            self._close()
        elif self._state == HEAD and self._loop.time() + self._limits.linger_timeout < self._deadline:
            self._expect(self._limits.linger_timeout)

    @property
    def transport(self) -> asyncio.Transport:
        """The socket, for a server that must break off."""
        return self._transport

    # ---- exchanges

    def _start(self, exchange: Exchange) -> None:
        """Run the handler in a task of its own, which gives it its own context variables."""
        task = self._loop.create_task(self._run(exchange))
        exchange.task = task
        self._server.tasks.add(task)

    async def _run(self, exchange: Exchange) -> None:
        """Call the handler and see to it that the client gets an answer."""
        try:
            await self._handler(exchange)
            if not exchange.responded and not self.lost:
                logger.error("%s %s: the handler returned without an answer", exchange.method, exchange.path)
                exchange.fail(500, "the request was not answered")
        except ClientGone as gone:
            logger.debug("%s %s: %s", exchange.method, exchange.path, gone)
            exchange.fail(500, "the request could not be answered")
        except asyncio.CancelledError:
            exchange.fail(503, "the request was cancelled, the server may be shutting down")
            raise
        except Exception:
            logger.exception("%s %s: the handler failed", exchange.method, exchange.path)
            exchange.fail(500, "internal error")
        finally:
            if exchange.task is not None:
                self._server.tasks.discard(exchange.task)
                # The task's context variables lead back here: a cycle would keep the bodies until the collector comes.
                exchange.task = None
            exchange.handled = True
            self.exchange_progressed(exchange)

    def exchange_progressed(self, exchange: Exchange) -> None:
        """Go on to the next request once the answer is out and the request is out of the way."""
        if exchange is not self._exchange or not exchange.answered or self._state == ENDING:
            return
        if self._state == BODY and not self._leave_body(exchange):
            return
        exchange.client_left()
        data = self._buffer
        if not exchange.keep_alive or (self._half_closed and not data):
            self._end()
            return
        self._exchange = None
        self._state = IDLE
        if not data:
            self._expect(self._limits.keep_alive_timeout)
            return
        self._buffer = b""
        self._expect(self._limits.header_timeout)
        self._read_head(data)
        self._resume_unless_ahead()
        if self._half_closed and self._state in (HEAD, BODY):
            self._end()

    def _leave_body(self, exchange: Exchange) -> bool:
        """Deal with a body still arriving although the answer is out; True when the exchange is over."""
        body = self._body
        if body is not None and not body.closed:
            if not exchange.handled:
                return False
            body.drop(ClientGone("the request was answered before its body was read"))
            self._received = self._progress = 0
        if not exchange.keep_alive or self._continue or self._unread_is_too_long():
            exchange.keep_alive = False
            return True
        self._resume_reading()
        self._expect(self._limits.body_timeout)
        return False

    # ---- ending

    def _end(self) -> None:
        """Close after the last answer, in a way that lets the client read it."""
        unread = self._state != BUSY or self._read_paused
        self._state = ENDING
        self._buffer = b""
        self._exchange = None
        self._break_off(ClientGone("the connection is closing"))
        if unread and not self._half_closed:
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
                self._state = ENDING
                self._exchange = None
                self.abort()
                return
        if exchange is None or not exchange.responded:
            if exchange is not None:
                exchange.responded = exchange.refused = True
            if not self._transport.is_closing():
                self._transport.write(refusal(refused.status, refused.text))
        self._state = HEAD
        self._end()

    def _expired(self) -> None:
        """Act on a client that was too slow."""
        state = self._state
        if state == IDLE:
            self._state = ENDING
            self._close()
        elif state == HEAD:
            seconds = self._limits.header_timeout
            self._refuse(Refused(408, f"the request head was not complete within {seconds:g} seconds"))
        elif state == BODY:
            seconds = self._limits.body_timeout
            self._refuse(Refused(408, f"the request body did not go on within {seconds:g} seconds"))
        elif self._transport.is_closing():
            self.abort()
        else:
            self._close()
