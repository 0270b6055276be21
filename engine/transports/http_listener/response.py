"""The head of a response, from facts to bytes. Pure."""

from __future__ import annotations

import http
import re
import time
from typing import Final

from engine.message.body import HeaderPairs
from engine.transports.header_fields import field_line

_LISTENERS: Final = frozenset((b"transfer-encoding", b"connection", b"date", b"keep-alive"))
_PLAIN: Final = "plain"
_OWNED: Final = "owned"
_LENGTH: Final = "length"
_MAX_KINDS: Final = 4096
_kinds: dict[bytes, str] = {}
"""Header names seen in responses; bounded, because flows may make names up."""
_REASON = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*+")
_NUMBER = re.compile(rb"[0-9]{1,18}")

_STATUS_LINES: dict[int, bytes] = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode())
    for status in http.HTTPStatus
    if status >= 200
}


class _Clock:
    """The Date header, made once a second."""

    __slots__ = ("line", "second")

    def __init__(self) -> None:
        self.second = 0
        self.line = b""


_clock = _Clock()
_DAYS: Final = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
_MONTHS: Final = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


def _http_date(seconds: int) -> bytes:
    """A moment as HTTP writes it, whatever the locale; importing email.utils for it would delay every start."""
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(seconds)
    return b"%b, %02d %b %04d %02d:%02d:%02d GMT" % (
        _DAYS[weekday],
        day,
        _MONTHS[month - 1],
        year,
        hour,
        minute,
        second,
    )


def date_line() -> bytes:
    """The Date header field of now, with its line end."""
    now = int(time.time())
    if now != _clock.second:
        _clock.second = now
        _clock.line = b"date: %b\r\n" % _http_date(now)
    return _clock.line


def status_line(status: int, reason: bytes = b"") -> bytes:
    """The first line of a response; the registered phrase unless a reason is given."""
    if not reason:
        line = _STATUS_LINES.get(status)
        if line is not None:
            return line
    if not 200 <= status <= 999:
        raise ValueError(f"{status} is not the status of a final response")
    if _REASON.fullmatch(reason) is None:
        raise ValueError("the reason phrase holds a control character")
    return b"HTTP/1.1 %d %b\r\n" % (status, reason)


def has_no_body(status: int, method: str) -> bool:
    """Whether the protocol forbids a body in this response."""
    return method == "HEAD" or status == 204 or status == 304


def field_lines(headers: HeaderPairs) -> tuple[bytes, int | None]:
    """The caller's header fields as bytes, without those that are the listener's, and the announced length.

    Raises ValueError when a name is no token or a field could break out of its line.
    """
    lines: list[bytes] = []
    announced: int | None = None
    for pair in headers:
        kind = _kinds.get(pair[0])
        if kind is None:
            kind = _classify(pair[0])
        if kind is _PLAIN:
            lines.append(field_line(pair))
        elif kind is _LENGTH:
            if _NUMBER.fullmatch(pair[1]) is None:
                raise ValueError(f"Content-Length {pair[1]!r} is not a number")
            announced = int(pair[1])
    return b"".join(lines), announced


def _classify(name: bytes) -> str:
    """Remember whose a header name is."""
    lower = name.lower()
    kind = _LENGTH if lower == b"content-length" else _OWNED if lower in _LISTENERS else _PLAIN
    if len(_kinds) < _MAX_KINDS:
        _kinds[name] = kind
    return kind


def refusal(status: int, text: str, *, with_body: bool = True) -> bytes:
    """A whole response of the listener's own, after which the connection closes."""
    content = text.encode() + b"\n"
    return b"%b%bcontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (
        status_line(status),
        date_line(),
        len(content),
        content if with_body else b"",
    )
