"""One reply after the other out of a byte stream: head, body framing, end. Pure: no socket, no clock."""

from __future__ import annotations

from engine.transports.http_client.chunks import ChunkedDecoder
from engine.transports.http_client.response_head import BadResponse, ResponseHead, parse_response_head

_HEAD, _LENGTH, _CHUNKED, _UNTIL_CLOSE, _DONE = range(5)
_START = b"HTTP/1."
_INTERIM_AT_MOST = 32


class ResponseReader:
    """Reads one reply at a time: `begin`, then `feed` until `done`, and `eof` when the peer closes.

    `head` is set once the final head is there (interim 1xx heads are passed over; `continued` tells of a
    100). `length` is the body's size when known beforehand. `excess` means bytes came after the reply: the
    connection cannot be trusted any more. `started` tells whether any byte of this reply came.
    """

    __slots__ = (
        "_buffer",
        "_chunks",
        "_interims",
        "_left",
        "_max_bytes",
        "_max_count",
        "_mode",
        "_no_body",
        "continued",
        "done",
        "excess",
        "head",
        "length",
        "started",
    )

    def __init__(self, max_header_bytes: int, max_header_count: int) -> None:
        self._max_bytes = max_header_bytes
        self._max_count = max_header_count
        self.begin()

    def begin(self, *, no_body: bool = False) -> None:
        """Get ready for the next reply; `no_body` for the reply to a HEAD request."""
        self._buffer = bytearray()
        self._chunks: ChunkedDecoder | None = None
        self._interims = 0
        self._left = 0
        self._mode = _HEAD
        self._no_body = no_body
        self.continued = False
        self.done = False
        self.excess = False
        self.head: ResponseHead | None = None
        self.length: int | None = None
        self.started = False

    def feed(self, data: bytes) -> bytes:
        """Take what came off the socket, give back the part of it that is body. Raises BadResponse."""
        self.started = True
        if self._mode == _HEAD:
            data = self._read_heads(data)
            if self.head is None or (not data and not self.done):
                return b""
        mode = self._mode
        if mode == _LENGTH:
            size = len(data)
            if size < self._left:
                self._left -= size
                return data
            if size > self._left:
                self.excess = True
                data = data[: self._left]
            self.done = True
            self._mode = _DONE
            return data
        if mode == _CHUNKED:
            decoder = self._chunks
            assert decoder is not None
            content = decoder.feed(data)
            if decoder.done:
                self.done = True
                self.excess = bool(decoder.rest)
                self._mode = _DONE
            return content
        if mode == _DONE:
            self.excess = self.excess or bool(data)
            return b""
        return data

    def eof(self) -> bool:
        """The peer closed: True when that ends the reply as it should, False when something is missing."""
        if self._mode == _UNTIL_CLOSE:
            self.done = True
            self._mode = _DONE
        return self.done

    @property
    def reusable(self) -> bool:
        """Whether the reply, being done, leaves the connection fit for the next request."""
        head = self.head
        return self.done and not self.excess and head is not None and head.keep_alive and not self._closed_framing

    @property
    def _closed_framing(self) -> bool:
        return self.length is None and self._chunks is None

    def _read_heads(self, data: bytes) -> bytes:
        """Read interim heads and the final one as far as they are here; returns what follows."""
        if self._buffer:
            start = max(0, len(self._buffer) - 3)
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n", start)
            if end < 0:
                self._check_partial(self._buffer, start)
                return b""
            data = bytes(self._buffer)
            self._buffer.clear()
        else:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._check_partial(data, 0)
                self._buffer += data
                return b""
        while True:
            if end > self._max_bytes:
                raise BadResponse(f"the head is larger than {self._max_bytes} bytes")
            head = parse_response_head(data[: end + 2], self._max_count)
            data = data[end + 4 :]
            if head.status >= 200:
                self._frame(head)
                return data
            self._interim(head)
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._check_partial(data, 0)
                self._buffer += data
                return b""

    def _check_partial(self, seen: bytes | bytearray, start: int) -> None:
        """Refuse at once what can never become a head, instead of waiting for its end."""
        if len(seen) > self._max_bytes + 3:  # the empty line does not count
            raise BadResponse(f"the head is larger than {self._max_bytes} bytes")
        if not _START.startswith(seen[: len(_START)]):
            raise BadResponse(f"not an HTTP/1.1 status line: {bytes(seen[:60])!r}")
        start = max(0, start - 1)
        if seen[start : start + 1] == b"\n":
            start += 1
        if seen.count(b"\n", start) != seen.count(b"\r\n", start):
            raise BadResponse("header line ends in a bare line feed")

    def _interim(self, head: ResponseHead) -> None:
        if head.status == 101:
            raise BadResponse("101 Switching Protocols, which nobody asked for")
        self._interims += 1
        if self._interims > _INTERIM_AT_MOST:
            raise BadResponse(f"more than {_INTERIM_AT_MOST} interim replies")
        if head.status == 100:
            self.continued = True

    def _frame(self, head: ResponseHead) -> None:
        """Decide where the body ends (RFC 9112, 6.3)."""
        self.head = head
        if self._no_body or head.status in (204, 304):
            self.length = 0
        elif head.chunked:
            self._mode = _CHUNKED
            self._chunks = ChunkedDecoder(self._max_bytes, self._max_count)
            return
        elif head.length is not None:
            self.length = head.length
        else:
            self._mode = _UNTIL_CLOSE
            return
        self._left = self.length
        if self._left:
            self._mode = _LENGTH
        else:
            self._mode = _DONE
            self.done = True
