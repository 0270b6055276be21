"""CSV to a JSON array of objects, as a stream: every value a string, an empty cell "".

Three ways through a block of whole lines, the quickest that is right for it: cells without any quote, and
cells that are all quoted without a quote inside, are cut by splitting and put between ready-made pieces of
JSON; everything else is read by the csv module. The result does not depend on the way taken nor on how the
text was cut into pieces.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from itertools import chain
from json.encoder import encode_basestring

from engine.codecs.csv import BLOCK, SENTINEL, Blocks, Delimiter, RecordReader, read_lines, utf8_text
from engine.codecs.errors import FormatError

try:
    from orjson import dumps
except ImportError:
    dumps = None  # type: ignore[assignment]


_CONTROLS = bytes(code for code in range(32) if code != 10)
_LONG_RECORD = 1024 * 1024


class CsvToJson:
    """Turn pieces of CSV into pieces of one JSON text; call `feed` for each piece, then `finish`.

    `empty` is what an empty text gives (the connectors of the reference engine: `{}`); a header alone gives
    `[]`. `pretty` indents by two blanks. Columns a row lacks are ""; of two columns with one name the last
    counts. Raises FormatError for a row with more cells than the header, naming the row (the header is row
    1), and for bytes outside the charset.
    """

    __slots__ = ("_blocks", "_delimiter", "_empty", "_header", "_pretty", "_reader", "_rows", "_template")

    def __init__(
        self,
        charset: str = "",
        delimiter: Delimiter = Delimiter.COMMA,
        *,
        empty: bytes = b"{}",
        pretty: bool = False,
        block: int = BLOCK,
    ) -> None:
        self._blocks = Blocks(charset, block)
        self._reader = RecordReader(delimiter)
        self._delimiter = delimiter.value.encode()
        self._empty = empty
        self._pretty = pretty
        self._header: list[str] | None = None
        self._template: _Template | None = None
        self._rows = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take a piece, give the JSON of the blocks that are complete."""
        for block in self.cut(data):
            yield from self.convert(block)

    def cut(self, data: bytes) -> Iterator[bytes]:
        """Take a piece, give the blocks of whole lines that are complete, for `convert`."""
        return self._blocks.feed(data)

    @property
    def is_heavy(self) -> bool:
        """Whether the next block finishes a record so long that reading it would hold the processor."""
        return self._reader.pending > _LONG_RECORD

    def finish(self) -> Iterator[bytes]:
        """The end of the JSON text, after the last piece."""
        rest = self._blocks.finish()
        yield from self.convert(rest, final=True)
        if self._header is None:
            yield self._empty
        elif not self._rows:
            yield b"[]"
        else:
            yield b"\n]" if self._pretty else b"]"

    def convert(self, block: bytes, final: bool = False) -> Iterator[bytes]:
        """The JSON of one block."""
        template = self._template
        if template is not None and not self._reader.is_open and block:
            written = template.plain(block, self._reader.records)
            if written is not None:
                yield self._lead() + written[0]
                self._rows += written[1]
                self._reader.records += written[1]
                return
        rows = self._reader.read(block, final)
        if self._header is None and rows:
            self._begin(rows.pop(0))
        if rows:
            assert self._template is not None
            written_rows = self._template.rows(rows, self._rows)
            yield self._lead() + written_rows
            self._rows += len(rows)

    def _begin(self, header: list[str]) -> None:
        self._header = header
        self._template = _Template(header, self._delimiter, self._pretty)

    def _lead(self) -> bytes:
        return b"," if self._rows else b"["


class _Template:
    """The header, made ready to write rows."""

    __slots__ = (
        "_between",
        "_columns",
        "_delimiter",
        "_end",
        "_header",
        "_pretty",
        "_quotes",
        "_start",
        "_text",
        "_unique",
    )

    def __init__(self, header: list[str], delimiter: bytes, pretty: bool) -> None:
        self._header = header
        self._columns = len(header)
        self._delimiter = delimiter
        self._pretty = pretty
        self._unique = len(set(header)) == len(header)
        keys = [encode_basestring(name).encode() for name in header]
        comma, colon, brace = (b",\n    ", b": ", b"\n  }") if pretty else (b",", b":", b"}")
        start = b"\n  {\n    " if pretty else b"{"
        # What stands before each cell; the first one is not used for the first row of a block.
        self._start = start + keys[0] + colon + b'"'
        self._end = b'"' + brace
        self._between = [
            self._end + b"," + self._start,
            *[b'"' + comma + key + colon + b'"' for key in keys[1:]],
        ]

        self._text = (self._start.decode(), [piece.decode() for piece in self._between], self._end.decode())
        self._quotes = sum(piece.count('"') for piece in self._text[1])

    def plain(self, block: bytes, before: int) -> tuple[bytes, int] | None:
        """The JSON of a block that can be cut by splitting and the number of its rows, else None."""
        if not self._unique or b"\\" in block:
            return None
        if b"\r" in block:
            if block.count(b"\r") != block.count(b"\r\n"):
                return None
            block = block.replace(b"\r\n", b"\n")
        if not block.endswith(b"\n"):
            block += b"\n"
        controls = _CONTROLS
        if self._delimiter == b"\t":
            controls = controls.replace(b"\t", b"")
        if len(block.translate(None, controls)) != len(block):
            return None
        text = utf8_text(block, before)
        if b'"' not in block:
            return self._unquoted(block)
        return self._quoted(block) or self._mixed(text)

    def _unquoted(self, block: bytes) -> tuple[bytes, int] | None:
        lines = block[:-1].split(b"\n")
        delimiter, commas = self._delimiter, self._columns - 1
        if b"" in lines or {line.count(delimiter) for line in lines} != {commas}:
            return None
        return self._join(block[:-1].replace(b"\n", delimiter).split(delimiter), len(lines)), len(lines)

    def _quoted(self, block: bytes) -> tuple[bytes, int] | None:
        if block[:1] != b'"' or block[-2:-1] != b'"':
            return None
        delimiter = b'"' + self._delimiter + b'"'
        lines = block[1:-2].split(b'"\n"')
        commas = self._columns - 1
        count = len(lines) * self._columns
        if (
            block.count(b'"') != 2 * count
            or block.count(b"\n") != len(lines)
            or {line.count(delimiter) for line in lines} != {commas}
            or (self._delimiter == b"\t" and block.count(b"\t") != count - len(lines))
        ):
            return None
        return self._join(block[1:-2].replace(b'"\n"', delimiter).split(delimiter), len(lines)), len(lines)

    def _mixed(self, text: str) -> tuple[bytes, int] | None:
        """Let the csv module cut lines of which some cells are quoted; right when no cell needs an escape
        in JSON.
        """
        lines = text[:-1].split("\n")
        rows = read_lines([*lines, SENTINEL], self._delimiter.decode())
        if rows.pop() != [SENTINEL] or len(rows) != len(lines) or set(map(len, rows)) != {self._columns}:
            return None
        cells = list(chain.from_iterable(rows))
        start, between, end = self._text
        pieces = [""] * (2 * len(cells) + 1)
        pieces[0:-1:2] = between * len(rows)
        pieces[1::2] = cells
        pieces[0], pieces[-1] = start, end
        written = "".join(pieces).encode()
        if b"\t" in written or written.count(b'"') != self._quotes * len(rows):
            return None
        return written, len(rows)

    def _join(self, cells: list[bytes], rows: int) -> bytes:
        pieces = [b""] * (2 * len(cells) + 1)
        pieces[0:-1:2] = self._between * rows
        pieces[1::2] = cells
        pieces[0] = self._start
        pieces[-1] = self._end
        return b"".join(pieces)

    def rows(self, rows: list[list[str]], before: int) -> bytes:
        """The JSON of rows that the csv module read; `before` is the number of rows written already."""
        columns, header = self._columns, self._header
        for number, row in enumerate(rows, before + 2):
            missing = columns - len(row)
            if missing < 0:
                raise FormatError(f"CSV row {number} has {len(row)} cells, the header has {columns}")
            if missing:
                row.extend([""] * missing)
        if self._unique and self._pretty:
            cells = [encode_basestring(cell)[1:-1].encode() for cell in chain.from_iterable(rows)]
            return self._join(cells, len(rows))
        objects = [dict(zip(header, row, strict=True)) for row in rows]
        if not self._pretty:
            return _compact(objects)[1:-1]
        text = json.dumps(objects, ensure_ascii=False, indent=2)
        return text[1:-2].encode()


def _compact(value: list[dict[str, str]]) -> bytes:
    if dumps is not None:
        return dumps(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def csv_to_json_records(
    chunks: AsyncIterable[bytes] | Iterable[bytes],
    charset: str = "",
    delimiter: Delimiter = Delimiter.COMMA,
    *,
    empty: bytes = b"{}",
    pretty: bool = False,
) -> AsyncIterator[bytes]:
    """Give a CSV text as the pieces of one JSON array of objects; see CsvToJson.

    The event loop gets its turn between blocks; records of many MB are read in a worker thread.
    """
    conversion = CsvToJson(charset, delimiter, empty=empty, pretty=pretty)
    async for chunk in _pieces(chunks):
        for block in conversion.cut(chunk):
            for piece in await _run(conversion, conversion.convert(block)):
                yield piece
            await asyncio.sleep(0)
    for piece in await _run(conversion, conversion.finish()):
        yield piece


async def _run(conversion: CsvToJson, pieces: Iterator[bytes]) -> Iterable[bytes]:
    return await asyncio.to_thread(list, pieces) if conversion.is_heavy else pieces


async def _pieces(chunks: AsyncIterable[bytes] | Iterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(chunks, AsyncIterable):
        async for chunk in chunks:
            yield chunk
        return
    for chunk in chunks:
        yield chunk
