"""Where a request body ends: by announced length or by chunks. Pure, fed with what the socket brings."""

from __future__ import annotations

import re
from typing import Final, Protocol

from engine.transports.http_listener.errors import Refused

_MAX_CHUNK_LINE: Final = 256
_MAX_EXTENSIONS: Final = 16384
_MAX_TRAILERS: Final = 8192

_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*+;([^\x00-\x08\x0a-\x1f\x7f]*+))?\r\n")
_PLAIN_LINE = re.compile(rb"([0-9A-Fa-f]{1,5})\r\n")
_TRAILERS = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[^\x00-\x08\x0a-\x1f\x7f]*+\r\n)*+\r\n")


class Framing(Protocol):
    """Cuts one body out of the bytes of a connection."""

    done: bool
    rest: bytes

    def feed(self, data: bytes) -> bytes:
        """Take what arrived, give the body bytes in it; once `done`, `rest` is what lies behind the body.

        Raises Refused when the framing is broken.
        """
        ...


class LengthFraming:
    """A body of announced length."""

    __slots__ = ("_left", "done", "rest")

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """Take what arrived, give the body bytes in it."""
        left = self._left - len(data)
        if left > 0:
            self._left = left
            return data
        self.done = True
        if left == 0:
            return data
        self.rest = data[left:]
        return data[:left]

    @property
    def left(self) -> int:
        """Bytes of the body that have not arrived."""
        return self._left


class ChunkedFraming:
    """A chunked body. Extensions and trailer fields are checked, counted and dropped."""

    __slots__ = ("_announced", "_extensions", "_left", "_max_body", "_pending", "_trailing", "done", "rest")

    def __init__(self, max_body: int | None) -> None:
        self._max_body = max_body
        self._announced = 0
        self._extensions = 0
        self._left = 0
        """Bytes of the current chunk still to come, its CR LF included; 0 between chunks."""
        self._pending = b""
        self._trailing = False
        self.done = False
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """Take what arrived, give the body bytes in it."""
        if self._pending:
            data = self._pending + data
            self._pending = b""
        pieces: list[bytes] = []
        position = 0
        size = len(data)
        while position < size:
            if self._trailing:
                self._trailers(data, position)
                break
            if self._left > 2:
                piece = data[position : position + self._left - 2]
                pieces.append(piece)
                position += len(piece)
                self._left -= len(piece)
            elif self._left:
                if not self._chunk_end(data, position):
                    break
                position += 2
            else:
                position = self._whole_chunks(data, position, pieces)
                next_position = self._chunk_start(data, position) if position < size else 0
                if not next_position:
                    break
                position = next_position
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _whole_chunks(self, data: bytes, position: int, pieces: list[bytes]) -> int:
        """Take the plain chunks that are here as a whole in one tight loop; give the position behind them.

        Thousands of tiny chunks in one read must not hold the event loop.
        """
        announced = self._announced
        limit = self._max_body
        match_line = _PLAIN_LINE.match
        while (match := match_line(data, position)) is not None:
            start = match.end()
            chunk = int(match[1], 16)
            end = start + chunk
            if not chunk or data[end : end + 2] != b"\r\n":
                break
            if limit is not None and announced + chunk > limit:
                break
            announced += chunk
            pieces.append(data[start:end])
            position = end + 2
        self._announced = announced
        return position

    def _chunk_end(self, data: bytes, position: int) -> bool:
        """Check the CR LF behind a chunk; False when it is not all here."""
        end = data[position : position + 2]
        if end == b"\r\n":
            self._left = 0
            return True
        if end == b"\r":
            self._pending = end
            return False
        raise Refused(400, "a chunk is longer than its size says")

    def _chunk_start(self, data: bytes, position: int) -> int:
        """Read a chunk's size line, give the position behind it; 0 when it is not all here."""
        match = _CHUNK_LINE.match(data, position)
        if match is None or match.end() - position > _MAX_CHUNK_LINE:
            end = data.find(b"\n", position, position + _MAX_CHUNK_LINE)
            if end < 0 and len(data) - position <= _MAX_CHUNK_LINE:
                self._check_partial_line(data[position:])
                self._pending = data[position:]
                return 0
            raise Refused(400, "a chunk size line is malformed or too long")
        chunk = int(match[1], 16)
        if match[2] is not None:
            self._extensions += len(match[2]) + 1
            if self._extensions > _MAX_EXTENSIONS:
                raise Refused(400, "the chunk extensions are too long")
        if chunk == 0:
            self._trailing = True
        else:
            self._announced += chunk
            if self._max_body is not None and self._announced > self._max_body:
                raise Refused(413, f"the body is larger than {self._max_body} bytes")
            self._left = chunk + 2
        return match.end()

    @staticmethod
    def _check_partial_line(line: bytes) -> None:
        """Refuse a size line whose beginning is wrong already."""
        if re.fullmatch(rb"[0-9A-Fa-f]{1,15}(?:[ \t;].*|\r)?", line, re.DOTALL) is None:
            raise Refused(400, "a chunk size is not a hexadecimal number of at most 15 digits")

    def _trailers(self, data: bytes, position: int) -> None:
        """Read over the trailer fields up to the empty line."""
        if data.startswith(b"\r\n", position):
            end = position + 2
        else:
            found = data.find(b"\r\n\r\n", position, position + _MAX_TRAILERS)
            if found < 0:
                if len(data) - position > _MAX_TRAILERS:
                    raise Refused(431, "the trailer fields are too long")
                if re.search(rb"(?<!\r)\n", data[position:]) is not None:
                    raise Refused(400, "a trailer line ends in LF without CR")
                self._pending = data[position:]
                return
            end = found + 4
            if _TRAILERS.fullmatch(data, position, end) is None:
                raise Refused(400, "the trailer fields are malformed")
        self.done = True
        self.rest = data[end:]
