"""Result files of Salesforce (CSV) as JSON: which delimiter they have, and converting them as they arrive."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterable, AsyncIterator

from engine.codecs.content_type import parse_content_type
from engine.codecs.csv import Delimiter
from engine.codecs.csv_json import csv_to_json_records
from engine.codecs.errors import FormatError
from engine.errors import PayloadError
from engine.message.body import Body, BytesBody

_HEADER = 64 * 1024
_QUOTED = re.compile(rb'"(?:[^"]|"")*"')
_DELIMITERS = {each.value.encode(): each for each in Delimiter}
_SMALL = 64 * 1024


def delimiter_of(head: bytes) -> Delimiter:
    """The delimiter of a result file by its header line; COMMA when there is one column only.

    The job's delimiter is not known here (the reference always takes the comma). Names of fields hold none of the six.
    """
    line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    bare = _QUOTED.sub(b"", line)
    counts = {delimiter: bare.count(mark) for mark, delimiter in _DELIMITERS.items()}
    best = max(counts, key=lambda each: counts[each])
    return best if counts[best] else Delimiter.COMMA


async def json_pieces(body: Body, content_type: str, encoding: str, *, pretty: bool = False) -> AsyncIterator[bytes]:
    """The rows of a CSV body as the pieces of a JSON array, every value a string. Raises PayloadError."""
    chunks: AsyncIterable[bytes] = _inflated(body, encoding) if encoding else body
    source = aiter(chunks)
    head = b""
    async for chunk in source:
        head += chunk
        if b"\n" in chunk or len(head) > _HEADER:
            break
    rows = csv_to_json_records(
        _chained(head, source), parse_content_type(content_type).charset, delimiter_of(head), pretty=pretty
    )
    try:
        async for piece in rows:
            yield piece
    except FormatError as error:
        raise PayloadError(f"the results cannot be read as CSV: {error}") from error


async def json_body(body: Body, content_type: str, encoding: str) -> Body:
    """A CSV body seen as JSON. Small ones are converted at once, large ones while they are sent on."""
    if body.complete is not None and len(body.complete) <= _SMALL:
        return BytesBody(b"".join([piece async for piece in json_pieces(body, content_type, encoding)]))
    return _JsonBody(body, content_type, encoding)


class _JsonBody:
    """The conversion of a CSV body, as a body."""

    __slots__ = ("_content_type", "_encoding", "_source", "complete", "length")

    def __init__(self, source: Body, content_type: str, encoding: str) -> None:
        self._source = source
        self._content_type = content_type
        self._encoding = encoding
        self.complete: bytes | None = None
        self.length: int | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return json_pieces(self._source, self._content_type, self._encoding)

    async def aclose(self) -> None:
        await self._source.aclose()


async def _chained(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if head:
        yield head
    async for chunk in rest:
        yield chunk


async def _inflated(chunks: AsyncIterable[bytes], encoding: str) -> AsyncIterator[bytes]:
    """A body without its Content-Encoding; Salesforce sends one only when it was asked to."""
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        raise PayloadError(f"the results come with Content-Encoding {encoding}, which cannot be undone here")
    engine = zlib.decompressobj(31 if "gzip" in encoding.lower() else 15)
    async for chunk in chunks:
        data = chunk
        while data:
            try:
                plain = engine.decompress(data, 1 << 20)
            except zlib.error as error:
                raise PayloadError(f"the results are not valid {encoding}: {error}") from error
            if plain:
                yield plain
            data = engine.unconsumed_tail
    rest = engine.flush()
    if rest:
        yield rest
