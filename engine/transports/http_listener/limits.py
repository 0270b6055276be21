"""How much one client, and all of them together, may ask of the listener."""

from __future__ import annotations

from engine.records import dataclass


@dataclass(frozen=True, slots=True)
class ListenerLimits:
    """What the listener grants its clients; sizes in bytes, times in seconds.

    `None` for `max_body_bytes` means bodies of any size; they are streamed, so that size costs no memory.
    """

    max_head_bytes: int = 65536
    """Request line and header fields together; more is answered 431."""
    max_request_line_bytes: int = 32768
    """The request line alone; more is answered 414."""
    max_header_count: int = 100
    """Header fields of one request; more is answered 431."""
    max_body_bytes: int | None = None
    """The body of one request; more is answered 413."""
    buffered_body_bytes: int = 65536
    """Bodies announced up to this size are handed over whole; larger ones are streamed."""
    stream_window_bytes: int = 65536
    """How much of a streamed body waits for its reader before the client is held back."""
    max_pipelined_bytes: int = 65536
    """How much may arrive beyond the request being answered before the client is held back."""
    max_unread_body_bytes: int = 262144
    """How much of a body that nobody reads is taken in to keep the connection; beyond it, it is closed."""
    max_connections: int = 10000
    """Open connections of one listener; the next one is answered 503."""
    header_timeout: float = 20.0
    """From the first byte of a request, or from connecting, until its header fields are complete (408)."""
    body_timeout: float = 60.0
    """The window in which a client must bring `min_body_progress` bytes of its body, or its rest (408)."""
    min_body_progress: int = 256
    """Bytes a client must bring in each `body_timeout`; stops bodies that drip for ever."""
    keep_alive_timeout: float = 75.0
    """How long an idle connection is kept for its next request."""
    write_timeout: float = 60.0
    """How long a client may take no byte of its answer before the connection is broken."""
    linger_timeout: float = 2.0
    """How long the listener goes on listening after a refusal, so that the client can read it."""


DEFAULT_LIMITS = ListenerLimits()
