"""URLs taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.transports.http_client import Target, parse_target


@pytest.mark.parametrize(
    ("url", "origin", "path", "host"),
    [
        ("http://h/a", ("http", "h", 80), b"/a", b"h"),
        ("http://h", ("http", "h", 80), b"/", b"h"),
        ("HTTPS://H.Example", ("https", "h.example", 443), b"/", b"h.example"),
        ("http://h:8080?x=1", ("http", "h", 8080), b"/?x=1", b"h:8080"),
        ("http://h:80/?", ("http", "h", 80), b"/?", b"h"),
        ("http://h:/a", ("http", "h", 80), b"/a", b"h"),
        ("https://h:80/a#f?x", ("https", "h", 80), b"/a", b"h:80"),
        ("http://[::1]:9/a", ("http", "::1", 9), b"/a", b"[::1]:9"),
        ("http://[0:0::1]/a", ("http", "::1", 80), b"/a", b"[::1]"),
        ("http://a_b-c.d/", ("http", "a_b-c.d", 80), b"/", b"a_b-c.d"),
        ("http://bücher.example/", ("http", "xn--bcher-kva.example", 80), b"/", b"xn--bcher-kva.example"),
        ("http://h/a b?c=d e", ("http", "h", 80), b"/a%20b?c=d%20e", b"h"),
        ("http://h/%20%2F?a=%zz", ("http", "h", 80), b"/%20%2F?a=%zz", b"h"),
        ("http://h/é?q=€", ("http", "h", 80), b"/%C3%A9?q=%E2%82%AC", b"h"),
        ("http://h/{a}|\"<b>'", ("http", "h", 80), b"/%7Ba%7D%7C%22%3Cb%3E'", b"h"),
        ("http://h//a//b/../c;d=e", ("http", "h", 80), b"//a//b/../c;d=e", b"h"),
        ("http://h/a?u=http://x:1/y@z", ("http", "h", 80), b"/a?u=http://x:1/y@z", b"h"),
    ],
)
def test_parts(url: str, origin: tuple[str, str, int], path: bytes, host: bytes) -> None:
    target = parse_target(url)
    assert (target.origin, target.path, target.host_header) == (origin, path, host)
    assert (target.scheme, target.host, target.port) == origin


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not an absolute URL"),
        ("/a/b", "not an absolute URL"),
        ("//h/a", "not an absolute URL"),
        ("host:8080/a", "scheme 'host' cannot be called over HTTP"),
        ("ftp://h/a", "scheme 'ftp' cannot be called over HTTP; use http or https"),
        ("http:/a", "'//' is missing after 'http:'"),
        ("http:h", "'//' is missing"),
        ("http:///a", "names no host"),
        ("http://:80/a", "names no host"),
        ("http://h:http/", "'http' is not a port between 1 and 65535"),
        ("http://h:0/", "not a port"),
        ("http://h:65536/", "not a port"),
        ("http://h:000000080/", "not a port"),
        ("http://h:٣/", "not a port"),
        ("http://h:1:2/", "not a port"),
        ("http://[::g]/", "is not an IPv6 address"),
        ("http://a b/", "has characters that no host name has"),
        ("http://a%41/", "has characters that no host name has"),
        ("http://a\\b/", "has characters that no host name has"),
        ("http://" + "ü" * 70 + "/", "is not a valid name"),
        ("http://h/a\r\nX: y", "not an absolute URL"),
        ("http://h/\0", "not an absolute URL"),
    ],
)
def test_refused(url: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse_target(url)
    assert words in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://us:pw@h/a?token=pw", "http://us:pw@h:x/a?token=pw#pw"])
def test_error_text_tells_no_secret(url: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse_target(url)
    assert "pw" not in str(caught.value)


def test_text_of_a_target_tells_no_secret() -> None:
    target = parse_target("http://us:pw@h/a?token=pw")
    assert repr(target) == "Target('http://h/a')"
    assert str(target) == "http://h/a?token=pw"
    assert target.authorization_line == b"Authorization: Basic dXM6cHc=\r\n"


def test_same_url_is_parsed_once() -> None:
    assert parse_target("http://once.example/a") is parse_target("http://once.example/a")


def test_request_lines_are_kept_for_common_methods_only() -> None:
    target = parse_target("http://h/kept")
    assert target.request_line("GET") is target.request_line("GET")
    assert target.request_line("UNUSUAL") == b"UNUSUAL /kept HTTP/1.1\r\n"
    assert target.request_line("GET", http10=True) == b"GET /kept HTTP/1.0\r\n"
    assert target.request_line("GET", absolute_form=True) == b"GET http://h/kept HTTP/1.1\r\n"
    assert list(target._lines) == ["GET"]


@given(st.text(max_size=60), st.sampled_from(["http://h/", "http://", "https://h:1/a?", ""]))
def test_any_text_is_a_target_or_a_value_error(text: str, start: str) -> None:
    try:
        target = parse_target(start + text)
    except ValueError:
        return
    assert isinstance(target, Target)
    line = target.request_line("GET")
    assert line.count(b" ") == 2
    assert line.isascii()
    assert line.endswith(b"\r\n")
    assert line.count(b"\r") == line.count(b"\n") == 1
    assert target.path.startswith(b"/")
    assert 0 < target.port < 65_536
