"""One connection to a back end: an asyncio protocol that carries one exchange after the other."""

from __future__ import annotations

import asyncio
import weakref
from typing import cast

from engine.message.body import EMPTY_BODY, BytesBody
from engine.transports.http_client import failures
from engine.transports.http_client.body import StreamedBody
from engine.transports.http_client.call import Call
from engine.transports.http_client.clock import ExchangeClock
from engine.transports.http_client.owner import Owner
from engine.transports.http_client.reader import ResponseReader
from engine.transports.http_client.response import ClientResponse
from engine.transports.http_client.response_head import BadResponse
from engine.transports.http_client.salvage import unread
from engine.transports.http_client.settings import ClientSettings
from engine.transports.http_client.target import Origin
from engine.transports.http_client.upload import Upload

_JOINED_BODY = 65_536


class Connection(asyncio.Protocol):
    """Life: made by the pool, then `start` once for each exchange, until `closed`."""

    __slots__ = (
        "_call",
        "_clock",
        "_loop",
        "_owner",
        "_parts",
        "_pending",
        "_reader",
        "_reading_paused",
        "_settings",
        "_stream",
        "_transport",
        "_upload",
        "_waiter",
        "_writing_paused",
        "closed",
        "made",
        "served",
    )

    def __init__(self, owner: Owner, settings: ClientSettings, loop: asyncio.AbstractEventLoop) -> None:
        self._owner = owner
        self._settings = settings
        self._loop = loop
        self._reader = ResponseReader(settings.max_header_bytes, settings.max_header_count)
        self._transport: asyncio.Transport
        self.made = False
        self.closed = False
        self.served = 0
        self._call: Call | None = None
        self._waiter: asyncio.Future[ClientResponse] | None = None
        self._stream: weakref.ref[StreamedBody] | None = None
        self._parts: list[bytes] | None = None
        self._upload: Upload | None = None
        self._writing_paused = False
        self._reading_paused = False
        self._pending = 0
        self._clock = ExchangeClock(loop, self._excused, self._late)

    @property
    def origin(self) -> Origin:
        """Whom the connection leads to."""
        return self._owner.origin

    @property
    def fit(self) -> bool:
        """Whether a request may be written to it."""
        return not self.closed and not self._transport.is_closing()

    @property
    def replied(self) -> bool:
        """Whether any byte of a reply came in the exchange that ran last."""
        return self._reader.started

    # One exchange

    def start(self, call: Call) -> tuple[asyncio.Future[ClientResponse], Upload | None]:
        """Write the request; gives the future reply, and the upload of a streamed body."""
        self.served += 1
        self._call = call
        self._reader.begin(no_body=call.no_body)
        waiter: asyncio.Future[ClientResponse] = self._loop.create_future()
        self._waiter = waiter
        transport = self._transport
        self._clock.start(call.read, call.head_by)
        if call.source is not None:
            transport.write(call.head)
            patience = self._settings.expect_seconds if call.expects else None
            self._upload = Upload(self, call.source, call.length, self._loop, patience)
        elif len(call.body) <= _JOINED_BODY:
            transport.write(call.head + call.body)
        else:
            transport.write(call.head)
            transport.write(call.body)
            self._pending = transport.get_write_buffer_size()
        return waiter, self._upload

    def abandon(self, waiter: asyncio.Future[ClientResponse]) -> None:
        """The caller does not wait any more: break the exchange off, wherever it is."""
        if self._waiter is waiter:
            self._settle()
            self.abort()

    def shut(self) -> None:
        """The client closes: fail the exchange that runs, if any."""
        self._fail(failures.given_up(self.origin, "the client was closed"))

    def data_received(self, data: bytes) -> None:
        """Bytes of the reply, or of something nobody asked for."""
        if self._call is None:
            self._owner.retire(self)
            self.abort()
            return
        self._clock.seen = self._loop.time()
        reader = self._reader
        try:
            content = reader.feed(data)
        except BadResponse as bad:
            self._fail(failures.violation(self.origin, self._state(), str(bad)))
            return
        if self._stream is None and reader.head is None:
            if reader.continued and self._upload is not None:
                self._upload.go_on()
            return
        self._take(content)

    def _take(self, content: bytes) -> None:
        """Pass on body bytes, and the reply itself when it can be handed over."""
        reader = self._reader
        if self._stream is not None:
            stream = self._stream()
            if stream is None:
                return
            flowing = stream.push(content)
            if reader.done:
                self._finish()
                stream.end()
            elif not flowing and not self._reading_paused and self.fit:
                self._reading_paused = True
                self._transport.pause_reading()
            return
        head = reader.head
        waiter = self._waiter
        assert head is not None
        assert waiter is not None
        if reader.done:
            if self._parts is not None:
                self._parts.append(content)
                content = b"".join(self._parts)
            self._finish()
            if not waiter.done():
                waiter.set_result(ClientResponse(head, BytesBody(content) if content else EMPTY_BODY))
        elif reader.length is not None and reader.length <= self._settings.gather_bytes:
            if self._parts is None:
                self._parts = []
            self._parts.append(content)
        else:
            self._stream_reply(waiter, StreamedBody(self, reader.length), content)
        if self._upload is not None and self._upload.held_back:
            self._upload.cancel()  # answered without asking for the body: it is never sent

    def _stream_reply(self, waiter: asyncio.Future[ClientResponse], body: StreamedBody, content: bytes) -> None:
        head = self._reader.head
        assert head is not None
        self._waiter = None
        if waiter.done():
            self._settle()
            self.abort()
            return
        self._stream = weakref.ref(body, self._body_lost)
        assert self._call is not None
        self._clock.hard = self._call.due
        self._take(content)
        waiter.set_result(ClientResponse(head, body))

    def _finish(self) -> None:
        """The reply is complete: keep the connection when it is fit for another one."""
        call = self._call
        assert call is not None
        reader = self._reader
        unsent = self._transport.get_write_buffer_size() > 0
        if self._upload is not None:
            if self._upload.done:
                self._upload = None  # its source may still have an end to come to
            else:
                unsent = True
        self._settle()
        if self.closed:
            return
        if unsent or reader.excess:
            self.abort()
        elif call.keep_alive and reader.reusable:
            assert reader.head is not None
            self._owner.release(self, reader.head.idle_hint)
        else:
            self.close()

    def _fail(self, error: BaseException) -> None:
        """End the exchange with an error and the connection with it."""
        waiter = self._waiter
        stream = self._stream() if self._stream is not None else None
        self._settle()
        self.abort()
        if waiter is not None:
            if not waiter.done():
                waiter.set_exception(error)
        elif stream is not None:
            stream.end(error)

    def _settle(self) -> None:
        """Forget the exchange."""
        self._clock.stop()
        self._call = None
        self._waiter = None
        self._stream = None
        self._parts = None
        self._resume_reading()
        upload = self._upload
        if upload is not None:
            self._upload = None
            upload.cancel()

    def _state(self) -> int:
        """The reference engine's protocol state of the running exchange."""
        if self._reader.head is not None:
            return failures.RESPONSE_BODY
        if self._writing_paused or (self._upload is not None and not self._upload.done):
            return failures.REQUEST_BODY
        return failures.REQUEST_DONE

    # The reader of a streamed reply

    def resume_body(self) -> None:
        """The reader caught up."""
        self._clock.alive()
        self._resume_reading()

    def _resume_reading(self) -> None:
        if self._reading_paused:
            self._reading_paused = False
            if self.fit:
                self._transport.resume_reading()

    def give_up_body(self) -> asyncio.Task[None] | None:
        """Nobody wants the rest of the reply."""
        task = None if self._upload is None else self._upload.task
        self._settle()
        self.abort()
        return task

    def _body_lost(self, stream: weakref.ref[StreamedBody]) -> None:
        """The body was dropped without being read or closed; this may be told by any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._drop_unread, stream)

    def _drop_unread(self, stream: weakref.ref[StreamedBody]) -> None:
        if self._stream is stream:
            self.give_up_body()

    # The upload

    def write(self, *pieces: bytes) -> bool:
        """Write pieces of the request body; False when the peer must catch up first, or is gone."""
        if not self.fit:
            return False
        if len(pieces) == 1:
            self._transport.write(pieces[0])
        else:
            self._transport.writelines(pieces)
        if self._writing_paused or self._transport.is_closing():
            self._pending = self._transport.get_write_buffer_size()
            return False
        return True

    def peer_turn(self) -> None:
        """From here the peer's silence counts anew."""
        self._clock.alive()

    def upload_failed(self, upload: Upload, error: BaseException) -> None:
        """The request cannot be completed: tell the caller, or the reader of a reply that has begun."""
        if self._upload is not upload:
            return
        if self._waiter is None:
            broken = failures.upload_broken(self.origin, "the request body broke off")
            broken.__cause__ = error
            error = broken
        self._fail(error)

    def pause_writing(self) -> None:
        """The peer does not keep up."""
        self._writing_paused = True

    def resume_writing(self) -> None:
        """The peer caught up."""
        self._writing_paused = False
        self._clock.alive()
        if self._upload is not None:
            self._upload.drained()

    # Time

    def _excused(self) -> bool:
        """Whether the peer's silence does not count: we are the slow side, or it takes what was written."""
        pending = self._transport.get_write_buffer_size()
        taken = pending != self._pending
        self._pending = pending
        busy = self._upload is not None and self._upload.caller_busy
        return taken or busy or self._reading_paused

    def _late(self, silence: float | None) -> None:
        if silence is None:
            self._fail(failures.send_timeout(self.origin, self._state(), sent=True))
        else:
            self._fail(failures.silence(self.origin, self._state(), silence, sent=True))

    # The transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP, and TLS where asked for, are established."""
        self._transport = cast(asyncio.Transport, transport)
        self.made = True
        self._owner.seat(self)

    def eof_received(self) -> bool:
        """The peer is done sending; that ends a reply without a length, and the use of the connection."""
        if self._call is not None:
            if self._reader.eof():
                self._take(b"")
            else:
                self._fail(failures.closed(self.origin, self._state(), None, sent=True))
        else:
            self.closed = True
            self._owner.retire(self)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; whatever waits for it is told."""
        if self._call is not None and exc is not None:
            self._salvage()
        self.closed = True
        if self._call is not None:
            error = failures.closed(self.origin, self._state(), exc, sent=True)
            self._fail(error)
        self._clock.cancel()
        self._owner.forget(self)

    def _salvage(self) -> None:
        """Take the reply that the peer had sent before a write to it failed."""
        for data in unread(self._transport):
            if self._call is None:
                return
            self.data_received(data)

    def never_made(self) -> None:
        """Connecting failed; nobody will use this object."""
        self.closed = True
        self._clock.cancel()

    def close(self) -> None:
        """Close in order; what is written still goes out."""
        self.closed = True
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if not self.closed:
            self.closed = True
            self._transport.abort()
