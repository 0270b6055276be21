"""The reply reader alone: whatever the pieces in which a reply comes, it is understood in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.transports.http_client.reader import ResponseReader
from engine.transports.http_client.response_head import BadResponse, parse_response_head


@dataclass(frozen=True)
class Outcome:
    """Everything a caller can see of a reply."""

    error: bool
    status: int | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    done: bool = False
    excess: bool = False
    reusable: bool = False
    continued: bool = False
    whole_at_end: bool = False


def read(data: bytes, cuts: list[int], *, no_body: bool = False) -> Outcome:
    reader = ResponseReader(4096, 20)
    reader.begin(no_body=no_body)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    body = b""
    try:
        for start, end in pairwise(places):
            body += reader.feed(data[start:end])
    except BadResponse:
        return Outcome(error=True)
    head = reader.head
    return Outcome(
        error=False,
        status=None if head is None else head.status,
        headers=() if head is None else tuple(head.headers),
        body=body,
        done=reader.done,
        excess=reader.excess,
        reusable=reader.reusable,
        continued=reader.continued,
        whole_at_end=reader.eof(),
    )


names = st.sampled_from([b"X-A", b"Set-Cookie", b"vary", b"ETAG"])
values = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=12).map(
    lambda text: text.encode("latin-1")
)
fields = st.lists(st.tuples(names, values), max_size=4)
content = st.binary(max_size=200)


@st.composite
def chunked(draw: st.DrawFn) -> tuple[bytes, bytes]:
    parts = [part for part in draw(st.lists(st.binary(max_size=80), max_size=5)) if part]
    extension = st.sampled_from([b"", b";a", b" ;a=b", b';a="b c"'])
    wire = b"".join(b"%x%b\r\n%b\r\n" % (len(part), draw(extension), part) for part in parts)
    trailer = draw(st.sampled_from([b"", b"X-T: 1\r\n", b"A: b\r\nC:\r\n"]))
    return wire + b"0\r\n" + trailer + b"\r\n", b"".join(parts)


@st.composite
def replies(draw: st.DrawFn) -> tuple[bytes, bytes, bool]:
    """A sound reply on the wire, its body, and whether it was the answer to a HEAD request."""
    interim = b"".join(
        draw(
            st.lists(
                st.sampled_from([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n"]),
                max_size=2,
            )
        )
    )
    lines = b"".join(b"%b: %b\r\n" % field for field in draw(fields))
    head_request = draw(st.booleans())
    framing = draw(st.sampled_from(["length", "chunked", "close", "none"]))
    status = b"204 No Content" if framing == "none" else draw(st.sampled_from([b"200 OK", b"404", b"999 x y"]))
    body = draw(content)
    wire = body
    if framing == "length":
        lines += b"Content-Length: %d\r\n" % len(body)
    elif framing == "chunked":
        lines += b"Transfer-Encoding: chunked\r\n"
        wire, body = draw(chunked())
    elif framing == "none":
        wire = body = b""
    if head_request:
        wire = body = b""
    return interim + b"HTTP/1.1 " + status + b"\r\n" + lines + b"\r\n" + wire, body, head_request


cut_lists = st.lists(st.integers(0, 600), max_size=12)


@given(replies(), cut_lists)
def test_sound_reply_is_read_the_same_in_any_pieces(reply: tuple[bytes, bytes, bool], cuts: list[int]) -> None:
    data, body, head_request = reply
    outcome = read(data, cuts, no_body=head_request)
    assert outcome == read(data, [], no_body=head_request)
    assert outcome == read(data, list(range(len(data))), no_body=head_request)
    assert not outcome.error
    assert outcome.body == body
    assert outcome.whole_at_end
    assert not outcome.excess


@given(replies(), st.integers(0, 600), st.integers(0, 255), cut_lists)
def test_damaged_reply_is_read_the_same_in_any_pieces(
    reply: tuple[bytes, bytes, bool], at: int, byte: int, cuts: list[int]
) -> None:
    data, _, head_request = reply
    at %= len(data)
    damaged = data[:at] + bytes([byte]) + data[at + 1 :]
    whole = read(damaged, [], no_body=head_request)
    assert read(damaged, cuts, no_body=head_request) == whole
    assert read(damaged, list(range(len(damaged))), no_body=head_request) == whole


pieces_of_http = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"Content-Length: 3\r\n",
        b"Content-Length: 4\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close\r\n",
        b"X: y\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"abc",
        b"\0",
    ]
)


@given(st.lists(pieces_of_http, max_size=12).map(b"".join), cut_lists)
@example(b"HTTP/1.1 200 OK\r\nX: y\n", [22])
@example(b"HTTP/1.1 200 OK\r\nX: y\r\n\n", [24])
def test_any_bytes_are_read_the_same_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    whole = read(data, [])
    assert read(data, cuts) == whole
    assert read(data, list(range(len(data)))) == whole


@given(replies(), st.binary(min_size=1, max_size=5), cut_lists)
def test_bytes_behind_a_framed_reply_are_noticed(
    reply: tuple[bytes, bytes, bool], more: bytes, cuts: list[int]
) -> None:
    data, body, head_request = reply
    alone = read(data, [], no_body=head_request)
    outcome = read(data + more, cuts, no_body=head_request)
    if alone.done:
        assert outcome.excess
        assert not outcome.reusable
        assert outcome.body == body
    else:
        assert outcome.body == body + more


@pytest.mark.parametrize("size", [0, 1, 40])
def test_limit_of_header_fields(size: int) -> None:
    block = b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * size
    assert len(parse_response_head(block, size).headers) == size
    if size:
        with pytest.raises(BadResponse, match=f"{size} header fields, more than the limit of {size - 1}"):
            parse_response_head(block, size - 1)


def test_limit_of_header_bytes_does_not_depend_on_pieces() -> None:
    fits = b"HTTP/1.1 200 OK\r\nX: " + b"y" * (4096 - 20) + b"\r\n\r\n"
    assert fits.index(b"\r\n\r\n") == 4096
    for cuts in ([], list(range(len(fits)))):
        assert read(fits, cuts).status == 200
        assert read(fits.replace(b"X:", b"XX:"), cuts).error


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n", "bare line feed: b'A: b'"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n", "folded: b' c'"),
        (b"HTTP/1.1 200 OK\r\nA: b\0\r\n", "NUL in a header"),
        (b"HTTP/1.1 200 OK\r\nA b\r\n", "not a header line: b'A b'"),
        (b"HTTP/1.1 2x0 OK\r\nA: b\r\n", "not an HTTP/1.1 status line: b'HTTP/1.1 2x0 OK'"),
    ],
)
def test_errors_say_what_is_wrong(block: bytes, words: str) -> None:
    with pytest.raises(BadResponse) as caught:
        parse_response_head(block, 100)
    assert words in str(caught.value)
