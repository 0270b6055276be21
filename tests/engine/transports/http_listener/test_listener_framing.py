"""Where bodies end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.transports.http_listener.errors import Refused
from engine.transports.http_listener.framing import ChunkedFraming, LengthFraming


def feed(framing: ChunkedFraming, pieces: list[bytes]) -> None:
    for piece in pieces:
        framing.feed(piece)


def test_length_framing_splits_off_what_follows() -> None:
    framing = LengthFraming(5)
    assert (framing.feed(b"ab"), framing.done, framing.left) == (b"ab", False, 3)
    assert (framing.feed(b"cdeGET"), framing.done, framing.rest) == (b"cde", True, b"GET")


def test_chunks_are_joined_and_trailers_dropped() -> None:
    framing = ChunkedFraming(None)
    body = framing.feed(b'3\r\nabc\r\n0a;x=y ; z="q"\r\n0123456789\r\n0\r\nT: v\r\nU: w\r\n\r\nGET /')
    assert (body, framing.done, framing.rest) == (b"abc0123456789", True, b"GET /")


REFUSED = {
    "no number": b"x\r\n",
    "empty size": b"\r\n",
    "sign": b"+5\r\nabcde\r\n",
    "0x": b"0x5\r\nabcde\r\n",
    "underscore": b"1_0\r\n",
    "sixteen digits": b"f" * 16 + b"\r\n",
    "many zeros": b"0" * 300 + b"\r\n",
    "space behind the size": b"5 \r\nabcde\r\n0\r\n\r\n",
    "space before the size": b" 5\r\nabcde\r\n",
    "bare LF behind the size": b"5\nabcde\r\n",
    "bare LF in an extension": b"5;a\nabcde\r\n",
    "CR in an extension": b"5;a\rb\r\nabcde\r\n",
    "NUL in an extension": b"5;a=\0\r\nabcde\r\n",
    "long extension": b"5;" + b"a" * 300,
    "long extension with end": b"5;" + b"a" * 300 + b"\r\nabcde\r\n",
    "chunk too long": b"3\r\nabcd\r\n",
    "chunk too short": b"5\r\nabc\r\n0\r\n\r\n",
    "LF behind a chunk": b"3\r\nabc\n0\r\n\r\n",
    "CR alone behind a chunk": b"3\r\nabc\rx0\r\n\r\n",
    "trailer with LF": b"0\r\nA: b\n\r\n\r\n",
    "trailer with LF so far": b"0\r\nA: b\nC: d",
    "trailer without colon": b"0\r\nab\r\n\r\n",
    "folded trailer": b"0\r\nA: b\r\n c\r\n\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("bytewise", [False, True])
def test_refuses(name: str, bytewise: bool) -> None:
    framing = ChunkedFraming(None)
    data = REFUSED[name]
    pieces = [data[at : at + 1] for at in range(len(data))] if bytewise else [data]
    with pytest.raises(Refused) as refused:
        feed(framing, pieces)
    assert refused.value.status == 400


def test_extensions_of_all_chunks_together_are_limited() -> None:
    framing = ChunkedFraming(None)
    with pytest.raises(Refused, match="extensions"):
        feed(framing, [b"1;" + b"a" * 200 + b"\r\nx\r\n"] * 200)


def test_trailers_are_limited() -> None:
    framing = ChunkedFraming(None)
    with pytest.raises(Refused) as refused:
        framing.feed(b"0\r\n" + b"A: b\r\n" * 3000)
    assert refused.value.status == 431


def test_size_is_refused_before_the_bytes_come() -> None:
    framing = ChunkedFraming(10)
    assert framing.feed(b"a\r\n0123456789\r\n") == b"0123456789"
    with pytest.raises(Refused) as refused:
        framing.feed(b"1\r\n")
    assert refused.value.status == 413


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=8),
    st.lists(st.integers(1, 300), max_size=20),
    st.sampled_from([b"", b";ext", b' ;a="b;c"']),
    st.sampled_from([b"", b"Trailer: x\r\n", b"A: b\r\nC: d\r\n"]),
)
def test_any_split_gives_the_same_body(chunks: list[bytes], cuts: list[int], extension: bytes, trailers: bytes) -> None:
    wire = b"".join(b"%X%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    wire += b"0\r\n" + trailers + b"\r\n"
    stream = wire + b"NEXT"
    framing = ChunkedFraming(None)
    body = b""
    last = 0
    for cut in [*sorted({cut for cut in cuts if cut < len(wire)}), len(stream)]:
        assert not framing.done
        body += framing.feed(stream[last:cut])
        last = cut
    assert framing.done
    assert (body, framing.rest) == (b"".join(chunks), b"NEXT")
