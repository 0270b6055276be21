import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.codecs.content_type import parse_content_type
from engine.codecs.errors import FormatError
from engine.codecs.multipart import (
    PART_END,
    Limits,
    MultipartParser,
    Part,
    PartHead,
    element_to_parts,
    make_part,
    new_boundary,
    parse_multipart,
    parse_related,
    parts_to_element,
    read_multipart,
    write_multipart,
)
from engine.codecs.xml import parse_xml, serialize

FORM = (
    b'--XX\r\nContent-Disposition: form-data; name="title"\r\n\r\nA & B\r\n'
    b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain'
    b"\r\n\r\nhello\r\n--XX--\r\n"
)


def test_fields_and_files() -> None:
    title, file = parse_multipart(FORM, "XX")
    assert (title.head.name, title.head.filename, title.data) == ("title", None, b"A & B")
    assert (file.head.name, file.head.filename, file.data) == ("file", "a.txt", b"hello")
    assert file.head.content_type.media == "text/plain"
    assert serialize(parts_to_element([title, file])) == (
        b'<mediate><title>A &amp; B</title><file filename="a.txt" content-type="text/plain">aGVsbG8=</file></mediate>'
    )


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b"preamble\r\n--b\r\n\r\nx\r\n--b--epilogue", [b"x"]),
        (b"--b \t\r\n\r\nx\r\n--b--", [b"x"]),
        (b"--b\r\n\r\n\r\n--b--", [b""]),
        (b"--b\r\nA: b\r\n\r\n--b--", [b""]),
        (b"--b\r\n\r\n--b--", [b""]),
        (b"--b\r\n\r\n\r\n--bx\r\n--b\r\n\r\ny\r\n--b--", None),
        (b"--b\r\n\r\n\r\n-b\r--b\n--b\r\n--b--", [b"\r\n-b\r--b\n--b"]),
        (b"--b--", []),
    ],
)
def test_shapes_of_a_body(body: bytes, data: list[bytes] | None) -> None:
    if data is None:
        with pytest.raises(FormatError, match="followed by other text"):
            parse_multipart(body, "b")
    else:
        assert [part.data for part in parse_multipart(body, "b")] == data


names = st.text(alphabet='ab";\\é =%', max_size=6)
parts = st.builds(
    lambda name, data, filename, kind: make_part(name, data, filename=filename, content_type=kind),
    names,
    st.lists(st.sampled_from([b"\r\n", b"--", b"B", b"\r", b"\n", b"-", b"x", b"\xff"]), max_size=10)
    .map(b"".join)
    .filter(lambda data: b"--BxB" not in data),  # a writer chooses a boundary that the data do not hold
    st.none() | names,
    st.sampled_from(["", "text/plain; charset=latin-1", "image/png"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(parts, max_size=4), st.lists(st.integers(0, 9), max_size=40))
@example([make_part("a", b"\r\n--"), make_part("", b"\r\n")], [1] * 40)
def test_parts_survive_writing_and_reading_however_cut(written: list[Part], sizes: list[int]) -> None:
    body = b"".join(write_multipart(written, "BxB"))
    parser, position, events = MultipartParser("BxB"), 0, []
    for size in sizes:
        events += list(parser.feed(body[position : position + size]))
        position += size
    events += list(parser.feed(body[position:]))
    parser.finish()
    read = parse_multipart(body, "BxB")
    assert [part.data for part in read] == [part.data for part in written]
    heads = [event for event in events if isinstance(event, PartHead)]
    assert heads == [part.head for part in read]
    assert events.count(PART_END) == len(written)
    assert b"".join(e for e in events if isinstance(e, bytes)) == b"".join(part.data for part in written)
    for before, after in zip(written, read, strict=True):
        assert after.head.content_type == before.head.content_type
        assert (after.head.filename is None) == (before.head.filename is None)
        assert after.head.name == before.head.name.replace('"', "%22")


@given(st.lists(st.sampled_from([b"--b", b"\r\n", b"--", b"a: b", b"x", b"\r", b"\n"]), max_size=25).map(b"".join))
def test_junk_is_read_or_refused_the_same_way_however_cut(body: bytes) -> None:
    def outcome(pieces: list[bytes]) -> list[bytes] | str:
        parser, out = MultipartParser("b"), []
        try:
            for piece in pieces:
                out += list(parser.feed(piece))
            parser.finish()
        except FormatError as error:
            return str(error)
        return [b"".join(e for e in out if isinstance(e, bytes))]

    assert outcome([body]) == outcome([bytes([byte]) for byte in body])


def feed_often(parser: MultipartParser, data: bytes) -> None:
    for _ in range(100):
        list(parser.feed(data))


def test_limits_hold_while_the_body_arrives() -> None:
    with pytest.raises(FormatError, match="more than the 2 parts"):
        parse_multipart(b"--b\r\n\r\n" * 1 + b"\r\n--b\r\n\r\n" * 3, "b", Limits(parts=2))
    parser = MultipartParser("b", Limits(header_bytes=100))
    with pytest.raises(FormatError, match="part 1 of the multipart body has more than 100 bytes of header"):
        feed_often(parser, b"--b\r\nX: " + b"y" * 50)
    parser = MultipartParser("b", Limits(total_bytes=1000))
    with pytest.raises(FormatError, match="1000 bytes"):
        feed_often(parser, b"x" * 50)


def test_little_is_held_while_a_large_part_arrives() -> None:
    parser = MultipartParser("boundary")
    list(parser.feed(b"--boundary\r\n\r\n"))
    passed = 0
    for _ in range(50):
        passed += sum(len(e) for e in parser.feed(b"\r\n--bound" * 1000) if isinstance(e, bytes))
        assert len(parser._buffer) < 20
    assert passed > 449_000


@pytest.mark.parametrize("body", [b"", b"x", b"--b", b"--b\r\n", b"--b\r\n\r\nx", b"--b\r\n\r\nx\r\n--b\r\n"])
def test_a_body_that_breaks_off_is_an_error(body: bytes) -> None:
    with pytest.raises(FormatError, match="ends before its last boundary"):
        parse_multipart(body, "b")


def test_headers_are_unfolded_and_encoded_file_names_read() -> None:
    body = (
        b"--b\r\nContent-Disposition: form-data; name=\"n\";\r\n filename*=UTF-8''na%C3%AFve%20file.txt\r\n"
        b"junk without colon\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n\r\n\xe9\r\n--b--"
    )
    (part,) = parse_multipart(body, "b")
    assert part.head.filename == "naïve file.txt"
    assert part.head.charset == "ISO-8859-1"
    raw = body.replace(b"; charset=ISO-8859-1", b"").replace(b"filename*=UTF-8''na%C3%AFve%20file.txt", b"x=1")
    assert parts_to_element(parse_multipart(raw, "b"), "ISO-8859-1").findtext("n") == "é"


def test_related_parts_by_content_id() -> None:
    body = (
        b"--m\r\nContent-ID: <img>\r\nContent-Type: image/png\r\n\r\nPNG\r\n"
        b"--m\r\nContent-ID: <root>\r\n\r\n<e/>\r\n--m\r\n\r\nno id\r\n--m--"
    )
    kind = parse_content_type('multipart/related; boundary=m; start="<root>"; type="text/xml"')
    related = parse_related(body, kind)
    assert related.root.data == b"<e/>"
    assert {name: part.data for name, part in related.parts.items()} == {"img": b"PNG", "3": b"no id"}
    without = parse_related(body, parse_content_type("multipart/related; boundary=m"))
    assert without.root.data == b"PNG"
    with pytest.raises(FormatError, match="no parts"):
        parse_related(b"--m--", kind)


def test_an_element_is_written_child_by_child() -> None:
    element = parse_xml(
        b"<r><a>1</a><b>x</b><b>y</b><_JsonReader_PD_1>\xc3\xa9</_JsonReader_PD_1>"
        b'<f filename="a&quot;.bin" content-type="image/png">aGVs\nbG8=</f></r>'
    )
    written = element_to_parts(element)
    body = b"".join(write_multipart(written, "Q"))
    assert (
        b'Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n1\r\n--Q' in body
    )
    assert b'name="f"; filename="a%22.bin"\r\nContent-Type: image/png\r\n\r\nhello\r\n--Q--\r\n' in body
    assert [part.head.name for part in parse_multipart(body, "Q")] == ["a", "b", "b", "1", "f"]
    with pytest.raises(FormatError, match="'f' holds text that is no base64"):
        element_to_parts(parse_xml(b'<r><f filename="x">***</f></r>'))


def test_transfer_encodings_are_taken_off() -> None:
    head = b"--b\r\nContent-ID: <i>\r\nContent-Transfer-Encoding: "
    ends = b"\r\n--b--"
    for encoding, data in (
        (b"Base64", b"aGVs\r\nbG8="),
        (b"quoted-printable", b"he=6Clo"),
        (b"binary", b"hello"),
    ):
        (part,) = parse_multipart(head + encoding + b"\r\n\r\n" + data + ends, "b")
        assert (part.data, part.content) == (data, b"hello")
    (part,) = parse_multipart(head + b"base64\r\n\r\n***" + ends, "b")
    with pytest.raises(FormatError, match="the part 'i' is no base64"):
        part.content  # noqa: B018


def test_header_values_cannot_break_out() -> None:
    part = make_part('a"\r\nX: y', b"", content_type="text/plain\r\nX: z")
    body = b"".join(write_multipart([part], "B"))
    (read,) = parse_multipart(body, "B")
    assert set(read.head.headers) == {"content-disposition", "content-type"}


@pytest.mark.parametrize("boundary", ["", "x" * 300, "é"])
def test_boundaries_that_cannot_be(boundary: str) -> None:
    with pytest.raises(FormatError, match="boundary"):
        MultipartParser(boundary)


def test_async_reading_and_fresh_boundaries() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for byte in FORM:
            yield bytes([byte])

    async def run() -> list[str]:
        return [e.name async for e in read_multipart(chunks(), "XX") if isinstance(e, PartHead)]

    assert asyncio.run(run()) == ["title", "file"]
    assert new_boundary() != new_boundary()
