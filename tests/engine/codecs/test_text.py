import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codecs.errors import FormatError
from engine.codecs.text import TextDecoder, decode_text, encode_text, strip_stream, trim

SPACE = b"".join(bytes([code]) for code in range(33))


async def _chunks(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def stripped(pieces: list[bytes]) -> list[bytes]:
    async def run() -> list[bytes]:
        return [piece async for piece in strip_stream(_chunks(pieces))]

    return asyncio.run(run())


@given(st.lists(st.binary(max_size=6) | st.text(alphabet=" \n\t\x00ab", max_size=6).map(str.encode), max_size=12))
def test_a_stripped_stream_is_the_stripped_whole(pieces: list[bytes]) -> None:
    got = stripped(pieces)
    assert b"".join(got) == b"".join(pieces).strip(SPACE)
    assert all(got)


def test_stripping_passes_data_on_before_the_end() -> None:
    async def run() -> None:
        seen: list[bytes] = []

        async def source() -> AsyncIterator[bytes]:
            yield b"  a,b\n"
            yield b"1,2"
            assert seen == [b"a,b", b"\n", b"1,2"]
            yield b" \n"
            assert seen == [b"a,b", b"\n", b"1,2"]

        async for piece in strip_stream(source()):
            seen.append(piece)
        assert seen == [b"a,b", b"\n", b"1,2"]

    asyncio.run(run())


@given(
    st.text(),
    st.sampled_from(["utf-8", "utf-16-le", "UTF-16", "shift_jis", "iso-8859-1"]),
    st.lists(st.integers(0, 5)),
)
def test_pieces_decode_as_the_whole(text: str, charset: str, sizes: list[int]) -> None:
    data = text.encode(charset, "replace")
    decoder, position, out = TextDecoder(charset), 0, []
    for size in sizes:
        out.append(decoder.feed(data[position : position + size]))
        position += size
    out += [decoder.feed(data[position:]), decoder.finish()]
    assert "".join(out) == decode_text(data, charset)


def test_bytes_outside_the_charset_are_replaced_or_refused() -> None:
    assert decode_text(b"a\xffb") == "a\ufffdb"
    assert decode_text(b"a\xe2\x82") == "a\ufffd"
    with pytest.raises(FormatError, match="not in the charset"):
        decode_text(b"a\xff", errors="strict")


def test_byte_order_marks() -> None:
    assert decode_text(b"\xef\xbb\xbfa") == "\ufeffa"
    assert decode_text(b"\xef\xbb\xbfa", drop_mark=True) == "a"
    assert decode_text(b"\x00a", "UTF-16") == "a"
    assert decode_text(b"\xff\xfea\x00", "UTF-16") == "a"
    assert decode_text(b"\xfe\xff\x00a", "UTF-16") == "a"


def test_writing_and_trimming() -> None:
    assert encode_text("é€", "iso-8859-1") == b"\xe9?"
    assert encode_text("é") == b"\xc3\xa9"
    assert trim(" \t\x00a b\r\n") == "a b"
    assert trim("\u00a0a\u2003") == "\u00a0a\u2003"
