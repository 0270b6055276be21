"""What a failed write would make the event loop forget."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

_AT_MOST = 262_144
_PIECE = 65_536


def unread(transport: asyncio.Transport) -> Iterator[bytes]:
    """Bytes that wait in the socket of a connection that is being lost.

    A server that refuses an upload answers and closes. The event loop then may see the failed write first,
    and drops the connection with the answer unread. Gives nothing for TLS, where those bytes are not the
    content.
    """
    if transport.get_extra_info("ssl_object") is not None:
        return
    descriptor = transport.get_extra_info("socket").fileno()
    left = _AT_MOST
    while descriptor >= 0 and left > 0:
        try:
            data = os.read(descriptor, _PIECE)
        except OSError:  # nothing waits, or the reset has taken it
            return
        if not data:  # after a reset this does not mean that the peer had come to its end
            return
        yield data
        left -= len(data)
