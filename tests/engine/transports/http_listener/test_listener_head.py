"""What is accepted as the head of a request, and with which words the rest is refused."""

import pytest

from engine.transports.http_listener.errors import Refused
from engine.transports.http_listener.head import RequestHead, check_partial, parse_head
from engine.transports.http_listener.limits import ListenerLimits

LIMITS = ListenerLimits()


def head(text: bytes, limits: ListenerLimits = LIMITS) -> RequestHead:
    return parse_head(text, text.index(b"\r\n\r\n"), limits)


def get(*lines: bytes, start: bytes = b"GET / HTTP/1.1") -> bytes:
    return b"\r\n".join((start, b"Host: h", *lines, b"", b""))


def test_reads_request_line_and_fields() -> None:
    read = head(b"POST /a%20b?c=d HTTP/1.1\r\nHost: h:1\r\nX-Two:\t a  b \r\nEmpty:\r\nX-Two: c\r\n\r\n")
    assert (read.method, read.target, read.version) == ("POST", "/a%20b?c=d", "1.1")
    assert read.headers == [(b"host", b"h:1"), (b"x-two", b"a  b"), (b"empty", b""), (b"x-two", b"c")]
    assert (read.length, read.keep_alive, read.expects_continue) == (0, True, False)


def test_passes_bytes_above_ascii_in_values() -> None:
    assert head(get("X: grün".encode())).headers[1] == (b"x", "grün".encode())


@pytest.mark.parametrize("method", [b"FOO", b"get", b"M-SEARCH", b"a!#$%&'*+-.^_`|~9"])
def test_any_token_is_a_method(method: bytes) -> None:
    assert head(get(start=method + b" / HTTP/1.1")).method == method.decode()


@pytest.mark.parametrize(
    ("version", "fields", "kept"),
    [
        (b"1.1", [], True),
        (b"1.1", [b"Connection: close"], False),
        (b"1.1", [b"Connection: x, CLOSE"], False),
        (b"1.1", [b"Connection: keep-alive", b"Connection: close"], False),
        (b"1.0", [], False),
        (b"1.0", [b"Connection: Keep-Alive"], True),
        (b"1.7", [], True),
    ],
)
def test_knows_whether_the_connection_is_kept(version: bytes, fields: list[bytes], kept: bool) -> None:
    assert head(get(*fields, start=b"GET / HTTP/" + version)).keep_alive is kept


def test_absolute_target_becomes_path_and_its_authority_the_host() -> None:
    read = head(b"GET http://other:81/p?q HTTP/1.1\r\nA: b\r\nHost: h\r\n\r\n")
    assert read.target == "/p?q"
    assert read.headers == [(b"host", b"other:81"), (b"a", b"b")]
    assert head(get(start=b"GET HTTPS://o HTTP/1.1")).target == "/"
    assert head(get(start=b"GET http://o?x HTTP/1.1")).target == "/?x"


def test_asterisk_goes_with_options_only() -> None:
    assert head(get(start=b"OPTIONS * HTTP/1.1")).target == "*"
    with pytest.raises(Refused, match="400: the target"):
        head(get(start=b"GET * HTTP/1.1"))


@pytest.mark.parametrize("host", [b"", b"h", b"h:", b"[::1]:80", b"127.0.0.1:8290", b"a_b.c-d"])
def test_accepts_hosts(host: bytes) -> None:
    assert head(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").headers == [(b"host", host)]


def test_reads_lengths_and_codings() -> None:
    assert head(get(b"Content-Length: 007")).length == 7
    assert head(get(b"Transfer-Encoding: Chunked")).length is None
    assert head(get(b"Content-Length: 3", b"Expect: 100-Continue")).expects_continue
    assert not head(get(b"Content-Length: 3", b"Expect: x", start=b"GET / HTTP/1.0")).expects_continue


REFUSED = {
    "both lengths": (400, "exclude each other", get(b"Content-Length: 3", b"Transfer-Encoding: chunked")),
    "both, other order": (400, "exclude", get(b"Transfer-Encoding: chunked", b"Content-Length: 3")),
    "two lengths": (400, "more than once", get(b"Content-Length: 3", b"Content-Length: 4")),
    "two equal lengths": (400, "more than once", get(b"Content-Length: 3", b"Content-Length: 3")),
    "length list": (400, "not a number", get(b"Content-Length: 3, 3")),
    "signed length": (400, "not a number", get(b"Content-Length: +3")),
    "hexadecimal length": (400, "not a number", get(b"Content-Length: 0x3")),
    "empty length": (400, "not a number", get(b"Content-Length:")),
    "huge length": (400, "not a number", get(b"Content-Length: " + b"9" * 19)),
    "unicode digits": (400, "not a number", get("Content-Length: ٣".encode())),
    "coding twice": (400, "once", get(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked")),
    "chunked twice": (400, "once", get(b"Transfer-Encoding: chunked, chunked")),
    "chunked not last": (400, "must be chunked", get(b"Transfer-Encoding: chunked, identity")),
    "no chunked": (400, "must be chunked", get(b"Transfer-Encoding: gzip")),
    "xchunked": (400, "must be chunked", get(b"Transfer-Encoding: xchunked")),
    "coding with VT": (400, "control character", get(b"Transfer-Encoding: \x0bchunked")),
    "gzip, chunked": (501, "only transfer coding", get(b"Transfer-Encoding: gzip, chunked")),
    "coding in 1.0": (400, "HTTP/1.0", get(b"Transfer-Encoding: chunked", start=b"GET / HTTP/1.0")),
    "folded line": (400, "folded", get(b"A: b\r\n c")),
    "folded first line": (400, "folded", b"GET / HTTP/1.1\r\n A: b\r\nHost: h\r\n\r\n"),
    "folded by tab": (400, "folded", get(b"A: b\r\n\tTransfer-Encoding: chunked")),
    "bare LF in fields": (400, "LF without CR", get(b"A: b\nContent-Length: 3")),
    "bare LF in request line": (400, "LF without CR", get(start=b"GET / HTTP/1.1\nA: b")),
    "bare CR": (400, "control character", get(b"A: b\rContent-Length: 3")),
    "space before colon": (400, "before the colon", get(b"Content-Length : 3")),
    "tab before colon": (400, "before the colon", get(b"Content-Length\t: 3")),
    "no colon": (400, "no colon", get(b"Content-Length 3")),
    "empty name": (400, "header name", get(b": 3")),
    "invalid name": (400, "header name", get(b"A(b): 3")),
    "name above ASCII": (400, "header name", get("Ä: 3".encode())),
    "NUL in value": (400, "control character", get(b"A: b\0")),
    "DEL in value": (400, "control character", get(b"A: b\x7f")),
    "no Host": (400, "missing", b"GET / HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, "exactly one", get(b"Host: h")),
    "two Hosts in 1.0": (400, "exactly one", get(b"Host: h", start=b"GET / HTTP/1.0")),
    "Host with path": (400, "Host", b"GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"),
    "Host with user": (400, "Host", b"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"),
    "Host list": (400, "Host", b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    "unknown expectation": (417, "100-continue", get(b"Expect: gold")),
    "two expectations": (417, "100-continue", get(b"Expect: 100-continue, gold")),
    "fragment": (400, "fragment", get(start=b"GET /#a HTTP/1.1")),
    "target above ASCII": (400, "percent-encode", get(start="GET /ä HTTP/1.1".encode())),
    "control in target": (400, "percent-encode", get(start=b"GET /\x01 HTTP/1.1")),
    "relative target": (400, "start with /", get(start=b"GET x HTTP/1.1")),
    "bad authority": (400, "invalid host", get(start=b"GET http://a@b/ HTTP/1.1")),
    "no authority": (400, "invalid host", get(start=b"GET http:///x HTTP/1.1")),
    "CONNECT": (501, "CONNECT", get(start=b"CONNECT h:443 HTTP/1.1")),
    "two spaces": (400, "one space", get(start=b"GET  / HTTP/1.1")),
    "HTTP/0.9": (400, "one space", get(start=b"GET /")),
    "trailing space": (400, "one space", get(start=b"GET / HTTP/1.1 ")),
    "leading space": (400, "one space", get(start=b" GET / HTTP/1.1")),
    "tab in request line": (400, "one space", get(start=b"GET\t/ HTTP/1.1")),
    "bad method": (400, "method", get(start=b"G@T / HTTP/1.1")),
    "bad version": (400, "HTTP version", get(start=b"GET / HTTP/11")),
    "lower-case version": (400, "HTTP version", get(start=b"GET / http/1.1")),
    "HTTP/2 preface": (505, "HTTP/1.1", b"PRI * HTTP/2.0\r\n\r\n"),
    "HTTP/3": (505, "HTTP/1.1", get(start=b"GET / HTTP/3.0")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    status, words, text = REFUSED[name]
    with pytest.raises(Refused, match=words) as refused:
        head(text)
    assert refused.value.status == status


def test_limits_size_and_number() -> None:
    limits = ListenerLimits(max_head_bytes=200, max_request_line_bytes=100, max_header_count=3)
    assert head(get(b"A: b", b"C: d"), limits).headers[-1] == (b"c", b"d")
    for status, text in (
        (431, get(b"A: b", b"C: d", b"E: f")),
        (431, get(b"A: " + b"x" * 200)),
        (414, get(start=b"GET /" + b"x" * 120 + b" HTTP/1.1")),
        (414, get(start=b"GET /" + b"x" * 250 + b" HTTP/1.1")),
        (414, get(start=b"GET /" + b"\xff" * 120 + b" HTTP/1.1")),
    ):
        with pytest.raises(Refused) as refused:
            head(text, limits)
        assert refused.value.status == status


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"GET / HTTP/1.1\nHost: h\n\n", 400, "LF without CR"),
        (b"\n", 400, "LF without CR"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "TLS"),
        (b"\x00", 400, "not an HTTP request"),
        (b" GET", 400, "not an HTTP request"),
        (b"GET /" + b"a" * 40000, 414, "request line"),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 70000, 431, "header fields"),
    ],
)
def test_refuses_early_what_cannot_become_right(data: bytes, status: int, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        check_partial(data, 0, LIMITS)
    assert refused.value.status == status


def test_partial_heads_are_waited_for() -> None:
    text = get(b"A: b")
    for cut in range(1, len(text)):
        check_partial(text[:cut], max(cut - 1, 0), LIMITS)
    with pytest.raises(Refused):
        check_partial(b"GET / HTTP/1.1\r\nA: b\n", 20, LIMITS)
