"""The chunked transfer coding, read strictly. Pure: bytes in, bytes out."""

from __future__ import annotations

import re

from engine.transports.http_client.response_head import BadResponse, parse_trailer

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]{0,500})?\r\n")
_LONGEST_SIZE_LINE = 512
_SIZE_LINE, _DATA, _DATA_END, _TRAILER, _DONE = range(5)


class ChunkedDecoder:
    """Takes the coded bytes in any pieces, gives the content back.

    `done` after the last chunk and the trailer; then `rest` holds the bytes that came after the message.
    """

    __slots__ = ("_held", "_left", "_max_trailer_bytes", "_max_trailer_count", "_stage", "done", "rest")

    def __init__(self, max_trailer_bytes: int, max_trailer_count: int) -> None:
        self._max_trailer_bytes = max_trailer_bytes
        self._max_trailer_count = max_trailer_count
        self._stage = _SIZE_LINE
        self._held = b""
        self._left = 0
        self.done = False
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """The content in `data`. Raises BadResponse as soon as the coding is broken."""
        if self._held:
            data = self._held + data
            self._held = b""
        content: list[bytes] = []
        position = 0
        end = len(data)
        while position < end:
            stage = self._stage
            if stage == _DATA:
                piece = data[position : position + self._left]
                content.append(piece)
                position += len(piece)
                self._left -= len(piece)
                if self._left:
                    break
                self._stage = _DATA_END
            elif stage == _DATA_END:
                ending = data[position : position + 2]
                if ending != b"\r\n":
                    if ending != b"\r":
                        raise BadResponse("a chunk is longer than its size says")
                    self._held = ending
                    break
                position += 2
                self._stage = _SIZE_LINE
            elif stage == _SIZE_LINE:
                line = _SIZE.match(data, position)
                if line is None:
                    self._held = self._incomplete_size(data[position:])
                    break
                position = line.end()
                self._left = int(line[1], 16)
                self._stage = _DATA if self._left else _TRAILER
            else:
                self._end_of_message(data[position:])
                break
        return content[0] if len(content) == 1 else b"".join(content)

    def _incomplete_size(self, tail: bytes) -> bytes:
        """The start of a size line that is still to be completed."""
        if b"\n" in tail or len(tail) > _LONGEST_SIZE_LINE or tail[:1] not in b"0123456789abcdefABCDEF":
            raise BadResponse(f"not a chunk size: {tail[:40]!r}")
        return tail

    def _end_of_message(self, tail: bytes) -> None:
        """Everything from the line after the last chunk's: trailer fields, then an empty line."""
        if tail.startswith(b"\r\n"):
            size = 0
        else:
            at = tail.find(b"\r\n\r\n")
            size = at + 2 if at >= 0 else -1
        if size > self._max_trailer_bytes or (size < 0 and len(tail) > self._max_trailer_bytes + 4):
            raise BadResponse(f"trailer is larger than {self._max_trailer_bytes} bytes")
        if size < 0:
            if tail.count(b"\n") != tail.count(b"\r\n"):
                raise BadResponse("trailer line ends in a bare line feed")
            self._held = tail
            return
        parse_trailer(tail[:size], self._max_trailer_count)
        self.done = True
        self.rest = tail[size + 2 :]
        self._stage = _DONE
