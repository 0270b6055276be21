"""Sends a streamed request body, while the reply may already be arriving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from engine.errors import TransportError
from engine.transports.http_client import failures
from engine.transports.http_client.call import Call
from engine.transports.http_client.target import Origin


class Outlet(Protocol):
    """What an upload needs of its connection."""

    @property
    def origin(self) -> Origin:
        """Whom the connection leads to."""
        ...

    async def permission(self) -> None:
        """Return once the peer said 100 Continue, or has said nothing for long enough."""
        ...

    def caller_busy(self, busy: bool) -> None:
        """Whether the next piece is being awaited: then the peer's silence does not count."""
        ...

    async def send(self, *pieces: bytes) -> None:
        """Write, and wait while the peer does not keep up."""
        ...

    def upload_done(self) -> None:
        """The whole request is written."""
        ...

    def upload_failed(self, error: BaseException) -> None:
        """The body cannot be completed."""
        ...


async def upload(outlet: Outlet, call: Call) -> None:
    """Send the pieces of `call.source`; its own task, ended by cancellation when the exchange is over.

    An error of the source reaches the caller of the request unchanged. A generator is closed in any case.
    """
    assert call.source is not None
    iterator = aiter(call.source)
    try:
        if call.expects:
            await outlet.permission()
        if call.length is None:
            await _send_chunked(outlet, iterator)
        else:
            await _send_counted(outlet, iterator, call.length)
    except asyncio.CancelledError:
        outlet.upload_failed(failures.upload_broken(outlet.origin, "the request body was cancelled"))
        raise
    except Exception as error:
        outlet.upload_failed(error)
    else:
        outlet.upload_done()
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


async def _next(outlet: Outlet, iterator: AsyncIterator[bytes]) -> bytes | None:
    outlet.caller_busy(True)
    try:
        return await anext(iterator, None)
    finally:
        outlet.caller_busy(False)


async def _send_chunked(outlet: Outlet, iterator: AsyncIterator[bytes]) -> None:
    while (piece := await _next(outlet, iterator)) is not None:
        if piece:
            await outlet.send(b"%x\r\n" % len(piece), piece, b"\r\n")
    await outlet.send(b"0\r\n\r\n")


async def _send_counted(outlet: Outlet, iterator: AsyncIterator[bytes], length: int) -> None:
    """Send exactly `length` bytes; the request is sent with the last of them, before the source ends."""
    left = length
    while (piece := await _next(outlet, iterator)) is not None:
        if len(piece) > left:
            raise _wrong_length(outlet, f"the request body is longer than the {length} bytes announced")
        if piece:
            left -= len(piece)
            await outlet.send(piece)
        if not left:
            outlet.upload_done()
    if left:
        raise _wrong_length(outlet, f"the request body ended {left} bytes short of the {length} announced")


def _wrong_length(outlet: Outlet, text: str) -> TransportError:
    return failures.upload_broken(outlet.origin, text)
