"""CSV, content types and multipart bodies."""

from __future__ import annotations

import csv
import io
import json

from engine.codecs.content_type import accepted_type, parse_content_type, python_codec
from engine.codecs.csv import Delimiter, RecordReader
from engine.codecs.csv_json import CsvToJson
from engine.codecs.errors import FormatError
from engine.codecs.multipart import Limits, MultipartParser, parse_multipart, parts_to_element
from tests.fuzz.target import Target, pieces, same, shape, true


def _converted(data: bytes, sizes: bytes, delimiter: Delimiter, block: int) -> bytes | FormatError:
    converter = CsvToJson(delimiter=delimiter, block=block)
    out: list[bytes] = []
    try:
        for piece in pieces(data, sizes):
            out.extend(converter.feed(piece))
        out.extend(converter.finish())
    except FormatError as error:
        return error
    return b"".join(out)


def csv_reading(data: bytes) -> str:
    """JSON of a CSV text: the same however it is cut, and what the csv module makes of it."""
    if len(data) < 4:
        return "short"
    delimiter = list(Delimiter)[data[0] % len(Delimiter)]
    sizes, block, text = data[1:3], max(1, data[3]), data[4:]
    whole = _converted(text, b"\xff", delimiter, 1 << 16)
    cut = _converted(text, sizes, delimiter, block)
    if isinstance(whole, FormatError) or isinstance(cut, FormatError):
        true(
            f"an error in one way only: {whole!r} {cut!r}",
            isinstance(whole, FormatError) and isinstance(cut, FormatError),
        )
        return shape(whole) if isinstance(whole, FormatError) else "error"
    same("a CSV text cut in two ways", whole, cut)
    decoded = text.removeprefix(b"\xef\xbb\xbf").decode()
    rows = [row for row in csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter.value) if row]
    if not rows:
        same("an empty text", whole, b"{}")
        return "empty"
    header = rows[0]
    expected = [dict(zip(header, row + [""] * (len(header) - len(row)), strict=True)) for row in rows[1:]]
    same("CSV by the csv module", json.loads(whole), expected)
    reader = RecordReader(delimiter)
    same("the records alone", reader.read(text.removeprefix(b"\xef\xbb\xbf"), final=True), rows)
    return f"{min(len(rows), 9)} {min(len(header), 9)}"


def content_type(data: bytes) -> str:
    """Whatever a client writes gives a content type; a charset is known or refused."""
    text = data.decode("latin-1")
    found = parse_content_type(text)
    same(
        "remembered and read anew",
        found.params,
        parse_content_type(text + ";" * 300).params if '"' not in text else found.params,
    )
    true("names in lower case", all(name and name == name.strip().lower() for name in found.params))
    true("no longer than the text", len(found.media) + sum(map(len, found.params.values())) <= len(text))
    accepted = accepted_type(text, lambda media: "/" in media)
    true("text/xml is passed over", accepted != "text/xml")
    try:
        codec = python_codec(found.charset)
    except FormatError as error:
        return shape(error)
    try:
        b"\xe4\x00a".decode(codec, "replace").encode(codec, "replace")
    except UnicodeError as error:
        raise AssertionError(f"{codec} is no codec for bodies") from error
    return f"{codec} {len(found.params)} {bool(accepted)}"


def multipart(data: bytes) -> str:
    """Parts are the same however the body was cut, and within the limits."""
    boundary, _, rest = data.partition(b"\n")
    sizes, body = rest[:2], rest[2:]
    limits = Limits(parts=20, header_bytes=512, total_bytes=6000)
    text = boundary.decode("latin-1")
    try:
        parser = MultipartParser(text, limits)
    except FormatError as error:
        return shape(error)
    try:
        parts = parse_multipart(body, text, limits)
    except FormatError as error:
        parts, failed = [], str(error)
    else:
        failed = ""
    events = []
    try:
        for piece in pieces(body, sizes or b"\1"):
            for event in parser.feed(piece):
                events.append(event)
            true("what is kept is bounded", len(parser._buffer) <= 512 + len(piece) + len(boundary) + 300)
        parser.finish()
    except FormatError as error:
        true(f"refused in pieces only: {error}", bool(failed))
        return shape(error)
    true(f"refused in one piece only: {failed}", not failed)
    joined: list[tuple[object, bytes]] = []
    for event in events:
        if isinstance(event, bytes):
            joined[-1] = (joined[-1][0], joined[-1][1] + event)
        elif hasattr(event, "headers"):
            joined.append((event, b""))
    same("a body cut in two ways", [(part.head, part.data) for part in parts], joined)
    try:
        parts_to_element(parts)
    except FormatError as error:
        return shape(error)
    return f"{len(parts)} parts"


CSV = Target(
    "csv",
    csv_reading,
    (
        b",",
        b'"',
        b'""',
        b"\n",
        b"\r\n",
        b"\r",
        b'"\n"',
        b";",
        b"\t",
        b"|",
        b"`",
        b"^",
        b"\\",
        b"\0",
        b'","',
        b"\xef\xbb\xbf",
        b"\xc3\xa9",
        "\ue000end of block\ue000".encode(),
        b"a,b\n",
        b'"a","b"\n',
    ),
)
CONTENT_TYPE = Target(
    "content_type",
    content_type,
    (
        b"application/json",
        b"; charset=",
        b"utf-8",
        b'"',
        b"\\",
        b";",
        b"=",
        b",",
        b"boundary=",
        b"utf-16",
        b"idna",
        b"hex",
        b"base64",
        b"punycode",
        b"mbcs",
        b"undefined",
        b"unicode_escape",
        b"utf-7",
        b"\0",
        b"../",
        b"rot13",
        b"zlib",
        b"oem",
    ),
)
MULTIPART = Target(
    "multipart",
    multipart,
    (
        b"--",
        b"\r\n",
        b"\r\n\r\n",
        b"Content-Disposition: form-data; name=",
        b"filename*=utf-8''a",
        b'"',
        b"Content-Type: ",
        b"Content-Transfer-Encoding: base64\r\n",
        b"\r\n--b",
        b"\r\n--b--",
        b"quoted-printable",
        b"b\n",
        b"filename=",
        b"=\r\n",
    ),
)
