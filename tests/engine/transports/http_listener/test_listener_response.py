"""Heads of responses."""

from email.utils import parsedate_to_datetime

import pytest

from engine.transports.http_listener.response import date_line, field_lines, refusal, status_line


def test_status_lines() -> None:
    assert status_line(200) == b"HTTP/1.1 200 OK\r\n"
    assert status_line(599) == b"HTTP/1.1 599 \r\n"
    assert status_line(200, b"Fine \xe4") == b"HTTP/1.1 200 Fine \xe4\r\n"
    for status in (100, 101, 199, 1000, 0, -1):
        with pytest.raises(ValueError, match="not the status"):
            status_line(status)
    with pytest.raises(ValueError, match="reason"):
        status_line(200, b"a\r\nSet-Cookie: x")


def test_fields_of_the_listener_are_dropped() -> None:
    block, announced = field_lines(
        [
            (b"X-Mine", b"1"),
            (b"Connection", b"close"),
            (b"DATE", b"x"),
            (b"transfer-encoding", b"gzip"),
            (b"Content-LENGTH", b"12"),
            (b"Keep-Alive", b"1"),
            (b"x-mine", b"2"),
        ]
    )
    assert (block, announced) == (b"X-Mine: 1\r\nx-mine: 2\r\n", 12)


@pytest.mark.parametrize(
    "pair",
    [
        (b"X", b"a\r\nSet-Cookie: b"),
        (b"X", b"a\nb"),
        (b"X", b"a\rb"),
        (b"X", b"a\0b"),
        (b"X: y\r\nZ", b"a"),
        (b"X Y", b"a"),
        (b"", b"a"),
        (b"Content-Length", b"1\r\nX: y"),
        (b"Content-Length", b"-1"),
    ],
)
def test_fields_cannot_break_out_of_their_line(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match=r"header|Content-Length"):
        field_lines([(b"A", b"b"), pair])


def test_date_is_http_time() -> None:
    name, _, value = date_line().decode().partition(": ")
    assert name == "date"
    assert value.endswith(" GMT\r\n")
    assert parsedate_to_datetime(value).tzinfo is not None


def test_refusals_are_whole_and_close() -> None:
    raw = refusal(431, "too much")
    assert raw.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b"\r\nconnection: close\r\n" in raw
    assert raw.endswith(b"content-length: 9\r\nconnection: close\r\n\r\ntoo much\n")
    assert refusal(400, "x", with_body=False).endswith(b"\r\n\r\n")
