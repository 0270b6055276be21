"""The head of a reply, read strictly: status line, header fields, framing. Pure: bytes in, values out."""

from __future__ import annotations

import re

from engine.message.body import HeaderPairs
from engine.transports.header_fields import NAME, VALUE, BadField, TooManyFields, read_fields

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n")
_FIELD = re.compile(NAME + rb"++:" + VALUE + rb"*+\r\n")
_DIGITS = re.compile(rb"[0-9]{1,18}\Z")
_FRAMING = frozenset((b"content-length", b"transfer-encoding", b"connection", b"keep-alive"))
_KEEP_TIMEOUT = re.compile(rb"(?:^|[,;\s])timeout\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)


class BadResponse(Exception):
    """The peer does not speak HTTP/1.1 as it must; the text says what was wrong, in words."""


class ResponseHead:
    """One head, checked. `length` is the announced Content-Length; `chunked` excludes it.

    `keep_alive` is what the peer said about the connection; `idle_hint` the seconds of its Keep-Alive header.
    """

    __slots__ = (
        "chunked",
        "headers",
        "http_version",
        "idle_hint",
        "keep_alive",
        "length",
        "reason",
        "status",
    )

    def __init__(self, status: int, reason: bytes, headers: HeaderPairs, http_version: str) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.http_version = http_version
        self.length: int | None = None
        self.chunked = False
        self.keep_alive = http_version == "1.1"
        self.idle_hint: int | None = None


def parse_response_head(block: bytes, max_count: int) -> ResponseHead:
    """Read a head that ends with the line end of its last field (the empty line is not part of `block`).

    Names come out lower case, values without surrounding blanks. Raises BadResponse for anything two
    readers could understand differently.
    """
    status = _STATUS.match(block)
    if status is None:
        raise BadResponse(f"not an HTTP/1.1 status line: {block[:60].splitlines()[0]!r}")
    start = status.end()
    try:
        headers = read_fields(block[start:], max_count)
    except TooManyFields as many:
        raise BadResponse(f"{many.count} header fields, more than the limit of {max_count}") from None
    except BadField:
        raise BadResponse(_bad_line(block[start:])) from None
    framing = [pair for pair in headers if pair[0] in _FRAMING]
    minor, code, reason = status.groups()
    head = ResponseHead(int(code), reason or b"", headers, "1.1" if minor == b"1" else "1.0")
    if framing:
        _read_framing(head, framing)
    return head


def _read_framing(head: ResponseHead, framing: HeaderPairs) -> None:
    closing = False
    for name, value in framing:
        if name == b"content-length":
            for item in value.split(b",") if b"," in value else (value,):
                length = _length(item.strip(b" \t"))
                if head.length is not None and head.length != length:
                    raise BadResponse(f"two different Content-Lengths: {head.length} and {length}")
                head.length = length
        elif name == b"transfer-encoding":
            if head.chunked or value.lower() != b"chunked":
                raise BadResponse(f"transfer coding {value[:60]!r} is not plain chunked")
            if head.http_version == "1.0":
                raise BadResponse("Transfer-Encoding in an HTTP/1.0 reply")
            head.chunked = True
        elif name == b"connection":
            options = [option.strip(b" \t") for option in value.lower().split(b",")]
            closing = closing or b"close" in options
            head.keep_alive = (head.keep_alive or b"keep-alive" in options) and not closing
        else:
            hint = _KEEP_TIMEOUT.search(value)
            if hint is not None:
                head.idle_hint = int(hint[1])
    if head.chunked and head.length is not None:
        raise BadResponse("both Content-Length and Transfer-Encoding")


def _length(text: bytes) -> int:
    if not _DIGITS.match(text):
        raise BadResponse(f"Content-Length {text[:40]!r} is not a number")
    return int(text)


def _bad_line(block: bytes) -> str:
    """Say what is wrong with the first bad line."""
    for line in block.split(b"\n"):
        if _FIELD.match(line + b"\n"):
            continue
        shown = repr(line[:60].rstrip(b"\r"))
        if not line.endswith(b"\r"):
            return f"header line ends in a bare line feed: {shown}"
        if line[:1] in b" \t":
            return f"header line is folded: {shown}"
        if b"\0" in line:
            return f"NUL in a header: {shown}"
        return f"not a header line: {shown}"
    return "the header block is malformed"


def parse_trailer(block: bytes, max_count: int) -> None:
    """Check trailer lines by the rules of header fields; their content is dropped."""
    try:
        read_fields(block, max_count)
    except TooManyFields as many:
        raise BadResponse(f"{many.count} trailer fields, more than the limit of {max_count}") from None
    except BadField:
        raise BadResponse(_bad_line(block)) from None
