"""CSV as RFC 4180 has it: records out of a stream of pieces, records into bytes.

Quotes, delimiters, line breaks inside quotes, backslashes and NUL survive; a byte order mark does not. Text
is handled in blocks of whole lines, so that memory stays at a few blocks however long the text is.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from enum import Enum
from itertools import chain

from engine.codecs.content_type import python_codec
from engine.codecs.errors import FormatError

BLOCK = 64 * 1024
"""Bytes worked on at a time: 0.3 ms of work for plain cells, 2 ms for the most awkward ones."""

MAX_RECORD = 32 * 1024 * 1024
"""Bytes one record may have; a longer one is an open quote far more often than a record."""

csv.field_size_limit(sys.maxsize)

_LINE_END = re.compile(r"\r\n|\r|\n")


class Delimiter(Enum):
    """Column delimiters by the names Salesforce gives them."""

    BACKQUOTE = "`"
    CARET = "^"
    COMMA = ","
    PIPE = "|"
    SEMICOLON = ";"
    TAB = "\t"


class LineEnding(Enum):
    """Line endings by the names Salesforce gives them."""

    LF = "\n"
    CRLF = "\r\n"


class Blocks:
    """Cut pieces of any size into UTF-8 blocks of whole lines; pure bookkeeping, knows nothing of quotes."""

    __slots__ = ("_buffer", "_decoder", "_searched", "_size", "_started")

    def __init__(self, charset: str = "", size: int = BLOCK) -> None:
        codec = python_codec(charset)
        self._decoder = None if codec in ("utf-8", "ascii") else codecs.getincrementaldecoder(codec)()
        self._size = size
        self._buffer = bytearray()
        self._started = False
        self._searched = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take a piece, give the blocks that are complete."""
        if self._decoder is not None:
            data = self._recode(data, False)
        self._buffer += data
        if not self._started:
            if len(self._buffer) < 3:
                return
            self._drop_mark()
        while len(self._buffer) >= self._size:
            cut = self._cut()
            if not cut:
                return
            yield bytes(self._buffer[:cut])
            del self._buffer[:cut]

    def _cut(self) -> int:
        """Where the next block ends, 0 when that has not arrived. No byte is looked at twice for it."""
        buffer, size = self._buffer, self._size
        cut = 0 if self._searched else buffer.rfind(b"\n", 0, size) + 1
        if not cut:
            start = self._searched or size
            cut = buffer.find(b"\n", start) + 1 or buffer.rfind(b"\r", self._searched, len(buffer) - 1) + 1
        if not cut and len(buffer) > MAX_RECORD:
            raise FormatError(f"a line of the CSV text is longer than {MAX_RECORD} bytes")
        self._searched = 0 if cut else len(buffer) - 1
        return cut

    def finish(self) -> bytes:
        """The rest, after the last piece; may lack its line ending."""
        if self._decoder is not None:
            self._buffer += self._recode(b"", True)
        if not self._started:
            self._drop_mark()
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _drop_mark(self) -> None:
        self._started = True
        if self._buffer.startswith(codecs.BOM_UTF8):
            del self._buffer[:3]

    def _recode(self, data: bytes, final: bool) -> bytes:
        assert self._decoder is not None
        try:
            return self._decoder.decode(data, final).encode()
        except UnicodeError as error:
            raise FormatError(f"the CSV text is not in the charset it is said to be in: {error}") from error


class RecordReader:
    """Read records out of blocks of whole lines; a record whose quote is still open waits for the next
    block.
    """

    __slots__ = ("_delimiter", "_open", "_wanted", "records")

    def __init__(self, delimiter: Delimiter = Delimiter.COMMA) -> None:
        self._delimiter = delimiter.value
        self._open: list[str] = []
        self._wanted = 0
        self.records = 0

    @property
    def pending(self) -> int:
        """Characters kept for the record that has not ended."""
        return sum(map(len, self._open))

    @property
    def is_open(self) -> bool:
        """Whether a record has begun and not ended."""
        return bool(self._open)

    def read(self, block: bytes, final: bool = False) -> list[list[str]]:
        """The records that end in this block; blank lines are none. `final` ends a record that is still
        open.
        """
        text = utf8_text(block, self.records)
        if self._open:
            self._open.append(text)
            self._wanted -= len(text)
            if self._wanted > 0 and not final:
                return []
            text = "".join(self._open)
            self._open = []
        lines = io.StringIO(text, newline="")
        reader = csv.reader(lines if final else chain(lines, (SENTINEL,)), delimiter=self._delimiter)
        rows = _read(reader)
        if not final:
            last = rows.pop()
            if last != [SENTINEL]:
                self._carry(text, reader.line_num, last)
        rows = [row for row in rows if row]
        self.records += len(rows)
        return rows

    def _carry(self, text: str, line: int, last: list[str]) -> None:
        """Keep the lines of an open record, and do not look again before their number of characters has
        doubled.

        `last` is the record with the sentinel in it, `line` the number of lines read with the sentinel's.
        """
        before = line - 1 - sum(len(_LINE_END.findall(field)) for field in last)
        lines = io.StringIO(text, newline="")
        for _ in range(before):
            lines.readline()
        text = lines.read()
        if len(text) > MAX_RECORD:
            raise FormatError(f"CSV row {self.records + 1} is longer than {MAX_RECORD} bytes; a quote may be missing")
        self._open = [text]
        self._wanted = len(text)


SENTINEL = "\ue000end of block\ue000"
"""A line put behind others: read as a record of its own, no quote was open before it."""


def read_lines(lines: Iterable[str], delimiter: str) -> list[list[str]]:
    """Read records with the csv module; raises FormatError."""
    return _read(csv.reader(lines, delimiter=delimiter))


def _read(reader: Iterator[list[str]]) -> list[list[str]]:
    try:
        return list(reader)
    except csv.Error as error:
        raise FormatError(f"not CSV: {error}") from error


def utf8_text(block: bytes, row: int = 0) -> str:
    """Decode a block; the error names the row after which it stands."""
    try:
        return block.decode()
    except UnicodeDecodeError as error:
        line = block.count(b"\n", 0, error.start)
        raise FormatError(
            f"the CSV text is not UTF-8: byte 0x{block[error.start]:02X} about row {row + line + 1}"
        ) from error


async def read_records(
    chunks: AsyncIterator[bytes], charset: str = "", delimiter: Delimiter = Delimiter.COMMA
) -> AsyncIterator[list[list[str]]]:
    """Give the records of a CSV text, header first, in lists of a block each.

    Raises FormatError for bytes outside the charset and for records the format forbids, naming the row.
    """
    blocks, reader = Blocks(charset), RecordReader(delimiter)
    async for chunk in chunks:
        for block in blocks.feed(chunk):
            rows = reader.read(block)
            if rows:
                yield rows
    rows = reader.read(blocks.finish(), final=True)
    if rows:
        yield rows


def write_records(
    rows: Iterable[Iterable[object]],
    delimiter: Delimiter = Delimiter.COMMA,
    ending: LineEnding = LineEnding.LF,
    *,
    quote_all: bool = False,
) -> bytes:
    """Write records as UTF-8 CSV; None becomes an empty cell. For long lists call it with a slice at a
    time.
    """
    lines = _Lines(ending.value)
    # The csv module quotes only the line breaks that its own line terminator has: give it both.
    csv.writer(
        lines,
        delimiter=delimiter.value,
        lineterminator="\r\n",
        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
    ).writerows(rows)
    return "".join(lines.written).encode()


class _Lines:
    """Takes the lines of a csv writer and ends them as asked."""

    __slots__ = ("_ending", "written")

    def __init__(self, ending: str) -> None:
        self._ending = ending
        self.written: list[str] = []

    def write(self, line: str) -> None:
        """Take one line."""
        self.written.append(line[:-2] + self._ending)
