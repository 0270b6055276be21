"""Multipart bodies: read form-data and related parts out of a stream, write form-data; limits against part
bombs.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from enum import Enum
from urllib.parse import unquote

from lxml import etree

from engine.codecs.content_type import ContentType, parse_content_type, parse_params, python_codec
from engine.codecs.errors import FormatError, excerpt
from engine.codecs.names import decode_name, encode_name
from engine.codecs.xml import text_of
from engine.records import dataclass

_LONGEST_BOUNDARY = 200
_LONGEST_PADDING = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a multipart body may ask of us."""

    parts: int = 1000
    header_bytes: int = 16 * 1024
    total_bytes: int | None = None


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class PartHead:
    """The header of a part: its form name ("" outside forms), the file name (None for a field) and its type.

    `headers` holds every header field by lower-case name.
    """

    name: str
    filename: str | None
    content_type: ContentType
    headers: dict[str, str]

    @property
    def charset(self) -> str:
        """The charset its content type names, "" when it names none."""
        return self.content_type.charset

    @property
    def content_id(self) -> str:
        """Its Content-ID without angle brackets."""
        return self.headers.get("content-id", "").strip().removeprefix("<").removesuffix(">")


@dataclass(frozen=True, slots=True)
class Part:
    """A whole part; `data` as it was sent."""

    head: PartHead
    data: bytes

    @property
    def content(self) -> bytes:
        """The data without its Content-Transfer-Encoding. Raises FormatError when it is not so encoded."""
        encoding = self.head.headers.get("content-transfer-encoding", "").strip().lower()
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.data)
        if encoding != "base64":
            return self.data
        try:
            return base64.b64decode(b"".join(self.data.split()), validate=True)
        except ValueError as error:
            raise FormatError(f"the part {excerpt(self.head.name or self.head.content_id)} is no base64") from error


class PartEnd(Enum):
    """The end of a part, as an event."""

    PART_END = "end"


PART_END = PartEnd.PART_END

Event = PartHead | bytes | PartEnd
"""A part arrives as its head, pieces of its bytes, its end."""


class _State(Enum):
    PREAMBLE = 0
    BOUNDARY = 1
    HEADERS = 2
    DATA = 3
    DONE = 4


class MultipartParser:
    """Take a multipart body apart as it arrives: `feed` each piece, then `finish`.

    Holds a part's header and a boundary's length of its data at most. Raises FormatError for a body that
    breaks the format or a limit.
    """

    __slots__ = ("_buffer", "_delimiter", "_limits", "_parts", "_skip", "_state", "_total")

    def __init__(self, boundary: str, limits: Limits = DEFAULT_LIMITS) -> None:
        if not boundary or len(boundary) > _LONGEST_BOUNDARY or not boundary.isascii():
            raise FormatError(
                f"the boundary of the multipart body is {excerpt(boundary)}"
                if boundary
                else "the multipart body has no boundary"
            )
        self._delimiter = b"\r\n--" + boundary.encode()
        # The first boundary may come without a line before it.
        self._buffer = bytearray(b"\r\n")
        self._limits = limits
        self._state = _State.PREAMBLE
        self._parts = 0
        self._skip = 0
        self._total = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take a piece, give the events it completes."""
        self._total += len(data)
        if self._limits.total_bytes is not None and self._total > self._limits.total_bytes:
            raise FormatError(f"the multipart body has more than the {self._limits.total_bytes} bytes allowed")
        if self._state is _State.DONE:
            return
        self._buffer += data
        while True:
            before = (self._state, len(self._buffer))
            if self._state is _State.PREAMBLE:
                self._preamble()
            elif self._state is _State.BOUNDARY:
                self._boundary()
            elif self._state is _State.HEADERS:
                head = self._head()
                if head is not None:
                    yield head
            elif self._state is _State.DATA:
                yield from self._data()
            if before == (self._state, len(self._buffer)):
                return

    def finish(self) -> None:
        """To be called after the last piece; raises FormatError when the body broke off."""
        if self._state is not _State.DONE:
            raise FormatError("the multipart body ends before its last boundary")

    def _preamble(self) -> None:
        found = self._buffer.find(self._delimiter)
        if found < 0:
            del self._buffer[: max(len(self._buffer) - len(self._delimiter), 0)]
            return
        del self._buffer[: found + len(self._delimiter)]
        self._state = _State.BOUNDARY

    def _boundary(self) -> None:
        """What follows a boundary: `--` ends the body, blanks and a line break begin a part."""
        if self._buffer.startswith(b"--"):
            self._buffer.clear()
            self._state = _State.DONE
            return
        end = self._buffer.find(b"\r\n", 0, _LONGEST_PADDING)
        if (end < 0 and len(self._buffer) >= _LONGEST_PADDING) or self._buffer[: max(end, 0)].strip(b" \t"):
            raise FormatError("a boundary of the multipart body is followed by other text")
        if end < 0:
            return
        # The line break stays: with the one that ends it, an empty header is two of them in a row.
        del self._buffer[:end]
        self._parts += 1
        if self._parts > self._limits.parts:
            raise FormatError(f"the multipart body has more than the {self._limits.parts} parts allowed")
        self._state = _State.HEADERS

    def _head(self) -> PartHead | None:
        limit = self._limits.header_bytes
        end = self._buffer.find(b"\r\n\r\n", 0, limit + 4)
        if end < 0:
            if len(self._buffer) >= limit + 4:
                raise FormatError(f"part {self._parts} of the multipart body has more than {limit} bytes of header")
            return None
        head = _parse_head(bytes(self._buffer[2:end]))
        # The second line break stays too: the boundary after a part without a body may begin with it.
        del self._buffer[: end + 2]
        self._skip = 2
        self._state = _State.DATA
        return head

    def _data(self) -> Iterator[Event]:
        found = self._buffer.find(self._delimiter)
        end = found if found >= 0 else len(self._buffer) - len(self._delimiter) + 1
        if end > self._skip:
            piece = bytes(self._buffer[self._skip : end])
            del self._buffer[:end]
            self._skip = 0
            yield piece
            end = 0
        if found >= 0:
            del self._buffer[: end + len(self._delimiter)]
            self._state = _State.BOUNDARY
            yield PART_END


def parse_multipart(data: bytes, boundary: str, limits: Limits = DEFAULT_LIMITS) -> list[Part]:
    """The parts of a body that is wholly here."""
    parser = MultipartParser(boundary, limits)
    parts = list(_collect(parser.feed(data)))
    parser.finish()
    return parts


async def read_multipart(
    chunks: AsyncIterable[bytes], boundary: str, limits: Limits = DEFAULT_LIMITS
) -> AsyncIterator[Event]:
    """The events of a body that arrives in pieces."""
    parser = MultipartParser(boundary, limits)
    async for chunk in chunks:
        for event in parser.feed(chunk):
            yield event
    parser.finish()


@dataclass(frozen=True, slots=True)
class Related:
    """A multipart/related message: its root part and the others by Content-ID (SOAP with attachments,
    MTOM).
    """

    root: Part
    parts: dict[str, Part]


def parse_related(data: bytes, content_type: ContentType, limits: Limits = DEFAULT_LIMITS) -> Related:
    """Read a multipart/related body. The root is the part that `start` names, else the first.

    A part without Content-ID is kept under its number, counted from 1.
    """
    parts = parse_multipart(data, content_type.boundary, limits)
    if not parts:
        raise FormatError("the multipart body has no parts")
    start = content_type.params.get("start", "").strip().removeprefix("<").removesuffix(">")
    root = next((part for part in parts if start and part.head.content_id == start), parts[0])
    others = {part.head.content_id or str(n): part for n, part in enumerate(parts, 1) if part is not root}
    return Related(root, others)


def parts_to_element(parts: Iterable[Part], charset: str = "") -> etree._Element:
    """The XML view of form-data: `<mediate>` with one child for each part.

    A field is its text, in its own charset or else the message's; a file is base64 with the attributes
    filename and content-type. Raises FormatError for characters XML cannot hold.
    """
    root = etree.Element("mediate")
    for part in parts:
        head = part.head
        child = etree.SubElement(root, encode_name(head.name))
        try:
            if head.filename is None:
                child.text = part.content.decode(python_codec(head.charset or charset), "replace") or None
                continue
            child.set("filename", head.filename)
            if head.content_type.raw:
                child.set("content-type", head.content_type.raw)
        except ValueError as error:
            raise FormatError(
                f"the form part {excerpt(head.name)} holds characters that cannot stand in XML"
            ) from error
        child.text = base64.b64encode(part.content).decode() or None
    return root


def element_to_parts(element: etree._Element) -> list[Part]:
    """The parts an element is written as, one for each child; `filename` makes a file of its base64 text.

    Raises FormatError when that text is no base64.
    """
    parts: list[Part] = []
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = decode_name(etree.QName(child).localname)
        text = text_of(child)
        filename = child.get("filename")
        if filename is None:
            parts.append(make_part(name, text.encode(), content_type="text/plain; charset=UTF-8"))
            continue
        try:
            data = base64.b64decode("".join(text.split()), validate=True)
        except ValueError as error:
            raise FormatError(f"the file part {excerpt(name)} holds text that is no base64") from error
        kind = child.get("content-type") or "application/octet-stream"
        parts.append(make_part(name, data, filename=str(filename), content_type=str(kind)))
    return parts


def make_part(name: str, data: bytes, *, filename: str | None = None, content_type: str = "") -> Part:
    """A part of a form."""
    disposition = f'form-data; name="{_quotable(name)}"'
    if filename is not None:
        disposition += f'; filename="{_quotable(filename)}"'
    headers = {"content-disposition": disposition}
    if content_type:
        headers["content-type"] = content_type.translate(_NO_BREAKS)
    return Part(PartHead(name, filename, parse_content_type(content_type), headers), data)


def new_boundary() -> str:
    """A boundary that no body contains by accident."""
    return "synflow" + secrets.token_hex(16)


def write_head(head: PartHead, boundary: str, *, first: bool) -> bytes:
    """The bytes between the data of one part and the data of the next."""
    lines = [f"{_HEADER_NAMES.get(name, name.title())}: {value}\r\n" for name, value in head.headers.items()]
    return f"{'' if first else _BREAK}--{boundary}\r\n{''.join(lines)}\r\n".encode()


def write_multipart(parts: Iterable[Part], boundary: str) -> Iterator[bytes]:
    """The pieces of a body made of parts."""
    first = True
    for part in parts:
        yield write_head(part.head, boundary, first=first)
        yield part.data
        first = False
    yield f"{'' if first else _BREAK}--{boundary}--\r\n".encode()


def _collect(events: Iterator[Event]) -> Iterator[Part]:
    head: PartHead | None = None
    pieces: list[bytes] = []
    for event in events:
        if isinstance(event, PartHead):
            head, pieces = event, []
        elif isinstance(event, bytes):
            pieces.append(event)
        elif head is not None:
            yield Part(head, b"".join(pieces))


def _parse_head(data: bytes) -> PartHead:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    headers: dict[str, str] = {}
    last = ""
    for line in text.split("\r\n"):
        if line[:1] in (" ", "\t") and last:
            headers[last] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if not colon:
            continue
        last = name.strip().lower()
        headers[last] = value.strip()
    disposition = parse_params(headers.get("content-disposition", "").partition(";")[2])
    filename = disposition.get("filename")
    extended = disposition.get("filename*")
    if extended is not None:
        label, _, rest = extended.partition("'")
        filename = unquote(rest.partition("'")[2], python_codec(label), "replace")
    return PartHead(disposition.get("name", ""), filename, parse_content_type(headers.get("content-type", "")), headers)


def _quotable(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


_BREAK = "\r\n"
_NO_BREAKS = {10: " ", 13: " "}
_HEADER_NAMES = {"content-id": "Content-ID"}
