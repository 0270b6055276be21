from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.transports import header_fields
from engine.transports.header_fields import BadField, TooManyFields, field_line, read_fields

VALUES = st.binary(max_size=20).filter(lambda value: not set(value) & {*range(9), *range(10, 32), 127})


def test_names_come_out_in_lower_case_and_values_without_blanks_around() -> None:
    block = b"Host: a:1\r\nX-Empty:\r\nAccept:\t */* \t\r\nSet-Cookie: a=b\r\n"
    pairs = [(b"host", b"a:1"), (b"x-empty", b""), (b"accept", b"*/*"), (b"set-cookie", b"a=b")]
    assert read_fields(block, 4) == pairs
    assert read_fields(block, 4) == pairs
    assert read_fields(b"", 0) == []


@pytest.mark.parametrize(
    "block",
    [
        b"a b: c\r\n",
        b"a : c\r\n",
        b": c\r\n",
        b"a\r\n",
        b"a: b\r\n c\r\n",
        b"a: b\nc: d\r\n",
        b"a: \0\r\n",
        b"a: b",
        b"\r\n",
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(block: bytes) -> None:
    with pytest.raises(BadField):
        read_fields(block, 10)


def test_too_many() -> None:
    with pytest.raises(TooManyFields) as refused:
        read_fields(b"a: b\r\n" * 3, 2)
    assert refused.value.count == 3


@given(st.lists(st.tuples(st.sampled_from([b"host", b"x-a", b"Accept", b"date"]), VALUES), max_size=5))
def test_what_is_written_is_read_again(pairs: list[tuple[bytes, bytes]]) -> None:
    block = b"".join(map(field_line, pairs))
    assert read_fields(block, 5) == [(name.lower(), value.strip(b" \t")) for name, value in pairs]


@pytest.mark.parametrize("pair", [(b"a", b"b\rc"), (b"host", b"b\nc"), (b"a", b"\0"), (b"a b", b"c"), (b"", b"c")])
def test_a_field_cannot_break_out_of_its_line(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="header"):
        field_line(pair)


def test_what_is_remembered_is_bounded_and_no_secret() -> None:
    for number in range(3000):
        block = b"host: h%d\r\nauthorization: t%d\r\nx-id: %d\r\nuser-agent: %b\r\n" % (
            number,
            number,
            number,
            b"u" * 300,
        )
        for pair in read_fields(block, 4):
            field_line(pair)
    known = [*header_fields._read.values(), *header_fields._written]
    assert len(known) <= 2048
    assert {name for name, _ in known} <= header_fields._REPEATED
    assert not any(len(value) > 256 for _, value in known)
