"""What the bytes of a file become: a payload by content type, and lines out of text."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Iterator

from connectors.file.errors import FileError, FileFault
from engine.codecs.content_type import parse_content_type, python_codec
from engine.codecs.errors import FormatError
from engine.errors import PayloadError
from engine.message.blob import CHUNK, Blob, BlobBody, SpillFile
from engine.message.context import MessageContext
from engine.message.headers import Headers
from engine.message.payload import Payload, PayloadKind

_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".xml": "application/xml",
    ".txt": "text/plain",
    ".log": "text/plain",
    ".xsd": "application/xml",
    ".xsl": "application/xml",
    ".xslt": "application/xml",
    ".md": "text/plain",
    ".tsv": "text/csv",
}
_IN_THREAD = 64 * 1024
_RESTORED = ("messageType", "message.builder.invoked")


def guessed_type(name: str) -> str:
    """The content type of a file by its name; unknown ones are binary."""
    dot = name.rfind(".")
    known = _TYPES.get(name[dot:].lower()) if dot >= 0 else None
    if known is None:
        import mimetypes

        known = mimetypes.guess_type(name, strict=False)[0]
    return known or "application/octet-stream"


def charset_codec(name: str) -> str:
    """The Python codec of a charset. Raises FileFault for an unknown one."""
    try:
        return python_codec(name)
    except FormatError as error:
        raise FileFault(FileError.INVALID_CONFIGURATION, str(error)) from error


async def payload_of(message: MessageContext, blob: Blob, content_type: str, path: str) -> Payload:
    """The payload that the builder of `content_type` makes of these bytes; the message itself is left alone.

    Raises FileFault for JSON or XML that is none.
    """
    kept = message.payload, message.headers
    types = {name: message.axis2[name] for name in _RESTORED if name in message.axis2}
    fresh = Payload(BlobBody(blob), content_type, message.payload.rules)
    fresh.collected(blob)
    message.payload, message.headers = fresh, Headers()
    try:
        await message.exchange.services.formats.build(message)
        if message.payload.kind is PayloadKind.JSON:
            await (asyncio.to_thread(message.payload.json) if blob.size > _IN_THREAD else _now(message.payload))
        return message.payload
    except PayloadError as error:
        raise FileFault(FileError.OPERATION_ERROR, f"{path} is not {content_type}: {error.message}") from error
    finally:
        message.payload, message.headers = kept
        for name in _RESTORED:
            message.axis2.pop(name, None)
        message.axis2.update(types)


async def _now(payload: Payload) -> None:
    payload.json()


def with_charset(content_type: str, encoding: str | None) -> str:
    """The content type with its charset: its own parameter first, then the `encoding` parameter."""
    parsed = parse_content_type(content_type)
    if parsed.charset or not encoding or not parsed.media.startswith("text/"):
        return content_type
    return f"{content_type}; charset={encoding}"


def line_window(texts: Iterator[str], first: int, last: int | None) -> Iterator[str]:
    """Lines `first` to `last` (from 1, both included; None: to the end) joined by line feeds, without the last one.

    `texts` are pieces in which every line end is a line feed. Lines past the end are simply not there.
    """
    line = 1
    held = False  # a line feed that counts only when another line follows
    for text in texts:
        breaks = text.count("\n")
        if line < first:
            if line + breaks < first:
                line += breaks
                continue
            text = text[_after_break(text, first - line) :]
            breaks -= first - line
            line = first
        if last is not None and breaks > last - line:
            end = _after_break(text, last - line + 1) - 1
            yield "\n" + text[:end] if held else text[:end]
            return
        if text:
            line += breaks
            start = "\n" if held else ""
            held = text.endswith("\n")
            yield start + (text[:-1] if held else text)


def _after_break(text: str, number: int) -> int:
    """The index behind the `number`th line feed."""
    index = 0
    for _ in range(number):
        index = text.index("\n", index) + 1
    return index


def copy_lines(source: Blob, codec: str, first: int, last: int | None) -> Blob:
    """A window of lines of a text, in UTF-8. Blocks; memory does not grow with the text."""
    parts: list[bytes] = []
    size = pending = 0
    file: SpillFile | None = None
    for text in line_window(_texts(source, codec), first, last):
        data = text.encode("utf-8", "surrogatepass")
        parts.append(data)
        pending += len(data)
        size += len(data)
        if pending > CHUNK:
            file = file or SpillFile(None)
            file.write(b"".join(parts))
            parts, pending = [], 0
    if file is None:
        return Blob(b"".join(parts))
    file.write(b"".join(parts))
    return Blob(file=file, size=size)


def _texts(source: Blob, codec: str) -> Iterator[str]:
    """The characters of a blob in pieces, every line end a line feed."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    held = ""
    offset = 0
    while offset < source.size:
        chunk = source.read(offset, min(CHUNK, source.size - offset))
        offset += len(chunk)
        text = held + decoder.decode(chunk, not chunk or offset >= source.size)
        held = ""
        if text.endswith("\r") and offset < source.size:
            text, held = text[:-1], "\r"
        yield text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
        if not chunk:
            return
