"""The head of a request, from bytes to facts; strict wherever two servers could read it differently.

Not llhttp: that knows a fixed list of methods, whereas here any token is a method and the flow decides;
and it cannot tell which status a refusal deserves. The grammar is RFC 9112's in regular expressions that
never backtrack, so that a whole head costs about as much as llhttp's callbacks into Python.
"""

from __future__ import annotations

import re

from engine.message.body import HeaderPairs
from engine.transports.header_fields import NAME as _TOKEN
from engine.transports.header_fields import VALUE as _VALUE
from engine.transports.header_fields import BadField, TooManyFields, read_fields
from engine.transports.http_listener.errors import Refused
from engine.transports.http_listener.limits import ListenerLimits

_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb"++) ([\x21\x22\x24-\x7e]++) HTTP/([0-9])\.([0-9])\r\n")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_TOKENS = re.compile(_TOKEN + rb"++")
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]*)(?::[0-9]*)?")
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+\-.]*://([^/?]*)(.*)")
_LENGTH = re.compile(rb"[0-9]{1,18}")

_FRAMING = frozenset(
    (b"content-length", b"transfer-encoding", b"host", b"connection", b"expect"),
)
_METHODS = {name.encode(): name for name in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")}


class RequestHead:
    """Request line and header fields of one request, checked.

    `length` is the announced length of the body, 0 when there is none, None when it is chunked.
    """

    __slots__ = ("expects_continue", "headers", "keep_alive", "length", "method", "target", "version")

    def __init__(self, method: str, target: str, version: str, headers: HeaderPairs) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.length: int | None = 0
        self.keep_alive = version == "1.1"
        self.expects_continue = False


def parse_head(data: bytes, end: int, limits: ListenerLimits) -> RequestHead:
    """Read the head that starts `data` and whose empty line (CR LF CR LF) begins at `end`.

    Raises Refused with the status that the protocol or a limit asks for.
    """
    stop = end + 2
    if stop > limits.max_head_bytes:
        raise too_large(data, limits)
    match = _REQUEST_LINE.match(data, 0, stop)
    if match is None:
        raise _bad_request_line(data, limits)
    method_bytes, target_bytes, major, minor = match.groups()
    start = match.end()
    if start > limits.max_request_line_bytes:
        raise too_large(data, limits)
    try:
        headers = read_fields(data[start:stop], limits.max_header_count)
    except TooManyFields:
        raise Refused(431, f"more than {limits.max_header_count} header fields") from None
    except BadField:
        raise _bad_fields(data[start:stop]) from None
    if major != b"1":
        raise Refused(505, "this server speaks HTTP/1.1")
    method = _METHODS.get(method_bytes) or method_bytes.decode("ascii")
    head = RequestHead(method, target_bytes.decode("ascii"), "1.0" if minor == b"0" else "1.1", headers)
    _apply_fields(head)
    if target_bytes[0] != 0x2F:
        _normalise_target(head, target_bytes)
    return head


def _apply_fields(head: RequestHead) -> None:
    """Draw from the header fields what decides framing and the life of the connection."""
    length: bytes | None = None
    coding: bytes | None = None
    hosts = 0
    for pair in head.headers:
        name = pair[0]
        if name not in _FRAMING:
            continue
        value = pair[1]
        if name == b"host":
            hosts += 1
            if _HOST.fullmatch(value) is None:
                raise Refused(400, "the Host header is not a host name with an optional port")
        elif name == b"content-length":
            if length is not None:
                raise Refused(400, "Content-Length is given more than once")
            length = value
        elif name == b"transfer-encoding":
            if coding is not None:
                raise Refused(400, "Transfer-Encoding is given more than once")
            coding = value
        elif name == b"connection":
            _apply_connection(head, value)
        elif head.version == "1.1":
            if value.lower() != b"100-continue":
                raise Refused(417, "only 100-continue can be expected of this server")
            head.expects_continue = True
    if hosts != 1 and (hosts or head.version == "1.1"):
        raise Refused(400, "a request names exactly one Host" if hosts else "the Host header is missing")
    if coding is not None:
        _check_coding(head, coding, length)
        head.length = None
    elif length is not None:
        if _LENGTH.fullmatch(length) is None:
            raise Refused(400, "Content-Length is not a number")
        head.length = int(length)


def _apply_connection(head: RequestHead, value: bytes) -> None:
    tokens = [token.strip() for token in value.lower().split(b",")]
    if b"close" in tokens:
        head.keep_alive = False
    elif b"keep-alive" in tokens and head.version == "1.0":
        head.keep_alive = True


def _check_coding(head: RequestHead, coding: bytes, length: bytes | None) -> None:
    if length is not None:
        raise Refused(400, "Content-Length and Transfer-Encoding exclude each other")
    if head.version == "1.0":
        raise Refused(400, "HTTP/1.0 knows no Transfer-Encoding")
    codings = [part.strip() for part in coding.lower().split(b",")]
    if codings == [b"chunked"]:
        return
    if codings[-1] != b"chunked" or codings.count(b"chunked") > 1:
        raise Refused(400, "the last transfer coding must be chunked, once")
    raise Refused(501, "the only transfer coding known here is chunked")


def _normalise_target(head: RequestHead, target: bytes) -> None:
    """Bring a target in absolute form to path and query; its authority replaces Host (RFC 9112, 3.2.2)."""
    if head.method == "CONNECT":
        raise Refused(501, "this server is no proxy, it knows no CONNECT")
    if target == b"*":
        if head.method != "OPTIONS":
            raise Refused(400, "the target * goes with OPTIONS only")
        return
    match = _ABSOLUTE.fullmatch(target)
    if match is None:
        raise Refused(400, "the request target must start with /")
    authority, rest = match.groups()
    if not authority or _HOST.fullmatch(authority) is None:
        raise Refused(400, "the request target holds an invalid host")
    head.target = (rest if rest.startswith(b"/") else b"/" + rest).decode("ascii")
    head.headers = [(b"host", authority)] + [pair for pair in head.headers if pair[0] != b"host"]


def check_partial(data: bytes, start: int, limits: ListenerLimits) -> None:
    """Look at a head that is not complete yet; `start` is where the unseen bytes begin.

    Raises Refused as soon as no continuation could make it acceptable.
    """
    if len(data) > limits.max_head_bytes:
        raise too_large(data, limits)
    line_end = data.find(b"\r\n", 0, limits.max_request_line_bytes)
    if line_end < 0 and len(data) > limits.max_request_line_bytes:
        raise too_large(data, limits)
    if _BARE_LF.search(data, max(start - 1, 0)) is not None:
        raise Refused(400, "a line ends in LF without CR")
    first = data[:1]
    if first == b"\x16":
        raise Refused(400, "this port speaks plain HTTP, the client spoke TLS")
    if _TOKENS.match(first) is None and first != b"\r":
        raise Refused(400, "this is not an HTTP request")


def too_large(data: bytes, limits: ListenerLimits) -> Refused:
    """Say whether the request line or the header fields are what does not fit."""
    line_end = data.find(b"\r\n", 0, limits.max_request_line_bytes)
    if line_end < 0:
        return Refused(414, f"the request line is longer than {limits.max_request_line_bytes} bytes")
    return Refused(431, f"the header fields are longer than {limits.max_head_bytes} bytes")


def _bad_request_line(data: bytes, limits: ListenerLimits) -> Refused:
    """Find the sentence for a first line that does not match."""
    line_end = data.find(b"\r\n")
    if line_end + 2 > limits.max_request_line_bytes:
        return too_large(data, limits)
    line = data[:line_end]
    if b"\n" in line:
        return Refused(400, "a line ends in LF without CR")
    parts = line.split(b" ")
    if len(parts) != 3:
        return Refused(400, "the request line is not method, target and version with one space between")
    method, target, version = parts
    if _TOKENS.fullmatch(method) is None:
        return Refused(400, "the method holds an invalid character")
    if re.fullmatch(rb"HTTP/[0-9]\.[0-9]", version) is None:
        return Refused(400, "the request line does not end in an HTTP version")
    if b"#" in target:
        return Refused(400, "the request target holds a fragment (#)")
    return Refused(400, "the request target holds an invalid character; percent-encode it")


def _bad_fields(block: bytes) -> Refused:
    """Find the sentence for header fields that do not match."""
    for line in block.split(b"\r\n")[:-1]:
        if b"\n" in line:
            return Refused(400, "a line ends in LF without CR")
        if line[:1] in (b" ", b"\t"):
            return Refused(400, "header fields must not be folded over lines")
        name, colon, value = line.partition(b":")
        if not colon:
            return Refused(400, "a header line has no colon")
        if _TOKENS.fullmatch(name) is None:
            if name.rstrip(b" \t") != name:
                return Refused(400, "white space before the colon of a header field")
            return Refused(400, "a header name holds an invalid character")
        if re.fullmatch(_VALUE + rb"*+", value) is None:
            return Refused(400, "a header value holds a control character")
    return Refused(400, "the header fields are malformed")
