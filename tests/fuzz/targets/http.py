"""Requests and replies off the wire."""

from __future__ import annotations

from engine.transports.http_client.reader import ResponseReader
from engine.transports.http_client.response_head import BadResponse
from engine.transports.http_listener.errors import Refused
from engine.transports.http_listener.framing import ChunkedFraming
from engine.transports.http_listener.head import check_partial, parse_head
from engine.transports.http_listener.limits import ListenerLimits
from tests.fuzz.target import Target, pieces, same, shape, true

LIMITS = ListenerLimits(max_head_bytes=2048, max_request_line_bytes=1024, max_header_count=20)
STATUSES = {400, 413, 414, 417, 431, 501, 505}
_BREAKS = (b"\r", b"\n", b"\0")


def listener_head(data: bytes) -> str:
    """A head in one piece is read; every beginning of an accepted head must be acceptable, too."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        try:
            check_partial(data, 0, LIMITS)
        except Refused as refused:
            true("status of a refusal", refused.status in STATUSES)
            return shape(refused)
        return "partial"
    try:
        head = parse_head(data, end, LIMITS)
    except Refused as refused:
        true("status of a refusal", refused.status in STATUSES)
        return shape(refused)
    true("the target is a path or *", head.target.startswith("/") or head.target == "*")
    true("no control characters in the target", head.target.isascii() and head.target.isprintable())
    for name, value in head.headers:
        true("no line breaks in a header", not any(char in name + value for char in _BREAKS))
        true("blanks around a value", value == value.strip(b" \t") and name == name.lower() and b" " not in name)
    names = [name for name, _ in head.headers]
    true("one framing", names.count(b"content-length") + names.count(b"transfer-encoding") <= 1)
    true("one host", names.count(b"host") == 1 or (head.version == "1.0" and not names.count(b"host")))
    for cut in (1, end // 3, end // 2, end, end + 1, end + 3):
        if cut > 0:
            check_partial(data[:cut], 0, LIMITS)
    return f"{head.method in ('GET', 'POST')} {head.version} {head.length is None} {head.keep_alive} {len(names)}"


def _body(parts: list[bytes]) -> tuple[bool, bytes, bytes] | int:
    framing = ChunkedFraming(4096)
    body = []
    for number, part in enumerate(parts):
        try:
            body.append(framing.feed(part))
        except Refused as refused:
            true("status of a refusal", refused.status in (400, 413, 431))
            return refused.status
        if framing.done:
            return True, b"".join(body), framing.rest + b"".join(parts[number + 1 :])
    true("what is kept is bounded", len(framing._pending) <= 8192 + 256)
    return False, b"".join(body), b""


def request_body(data: bytes) -> str:
    """A chunked body means the same however it was cut."""
    sizes, coded = data[:2], data[2:]
    whole = _body([coded])
    same("a chunked body cut in two ways", whole, _body(list(pieces(coded, sizes or b"\1"))))
    if isinstance(whole, int):
        return f"refused {whole}"
    return f"{whole[0]} {bool(whole[1])} {bool(whole[2])}"


def _reply(parts: list[bytes], no_body: bool) -> tuple[object, ...]:
    reader = ResponseReader(2048, 20)
    reader.begin(no_body=no_body)
    body = []
    excess = 0
    for part in parts:
        try:
            body.append(reader.feed(part))
        except BadResponse:
            return ("bad",)
        excess += reader.excess
        if reader.excess:
            break
    complete = reader.eof()
    head = reader.head
    if head is None:
        return ("no head",)
    for name, value in head.headers:
        true("no line breaks in a header", not any(char in name + value for char in _BREAKS))
    true("a body has one framing", not (head.chunked and head.length is not None))
    return head.status, head.headers, b"".join(body), complete, reader.excess, reader.reusable


def reply(data: bytes) -> str:
    """A reply means the same however it was cut; what comes behind it makes the connection unusable."""
    if not data:
        return "empty"
    no_body = data[0] == 72
    sizes, wire = data[1:3], data[3:]
    whole = _reply([wire], no_body)
    parts = _reply(list(pieces(wire, sizes or b"\1")), no_body)
    if whole != ("bad",) and parts != ("bad",):
        same("a reply cut in two ways", whole, parts)
    elif whole != parts:
        # The reply had ended before the broken bytes came.
        true("bad in one piece only", "bad" in whole or parts[-2] is True)
    return f"{whole[0]} {whole[3:]}"


_HTTP = (
    b"HTTP/1.1",
    b"HTTP/1.0",
    b"\r\n",
    b"\r\n\r\n",
    b": ",
    b"Content-Length: ",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive\r\n",
    b"\r\n ",
    b"chunked",
    b"gzip, chunked",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"ffffffffffffffff",
    b";ext=1",
    b"Expect: 100-continue\r\n",
    b"Host: a\r\n",
    b"http://",
    b"+1",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"204",
    b"304",
    b"Keep-Alive: timeout=5\r\n",
    b"OPTIONS *",
)
LISTENER_HEAD = Target("listener_head", listener_head, (*_HTTP, b"GET / HTTP/1.1\r\n", b"[::1]:80", b"CONNECT a:1"))
REQUEST_BODY = Target("request_body", request_body, _HTTP)
REPLY = Target("reply", reply, _HTTP)
