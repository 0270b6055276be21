"""What uploadJobData sends: the text of a parameter without outer white space, never more than a piece in memory."""

from __future__ import annotations

import asyncio

from lxml import etree

from engine.codecs.content_type import python_codec
from engine.codecs.text import TextDecoder, trim
from engine.message.blob import CHUNK, Blob, Spool
from engine.message.values import TEXT_TAG, Nodes, TextNode, string_of

_SPACE = bytes(range(33))
_EDGE = 4096


async def upload_blob(value: object) -> Blob:
    """The bytes to upload, in UTF-8, trimmed as java.lang.String.trim() would."""
    if isinstance(value, TextNode):
        blob = value.blob
        if python_codec(value.charset) not in ("utf-8", "ascii"):
            blob = await _in_utf8(blob, value.charset)
        return await asyncio.to_thread(trimmed, blob) if not blob.in_memory else trimmed(blob)
    if isinstance(value, etree._Element) and value.tag == TEXT_TAG:
        text = "".join(str(part) for part in value.itertext(etree.Element))
    elif isinstance(value, Nodes) and len(value) == 1:
        return await upload_blob(value[0])
    else:
        text = string_of(value) or ""
    return Blob(trim(text).encode("utf-8", "surrogatepass"))


def trimmed(blob: Blob) -> Blob:
    """A stretch of the blob without the white space around it; only its edges are read. Blocks for files."""
    start, end = 0, blob.size
    while start < end:
        piece = blob.read(start, min(_EDGE, end - start))
        kept = piece.lstrip(_SPACE)
        start += len(piece) - len(kept)
        if kept or not piece:
            break
    while end > start:
        size = min(_EDGE, end - start)
        piece = blob.read(end - size, size)
        kept = piece.rstrip(_SPACE)
        end -= len(piece) - len(kept)
        if kept or not piece:
            break
    return blob if (start, end) == (0, blob.size) else blob.part(start, end)


async def file_blob(path: str) -> Blob:
    """The bytes of a file, trimmed. Raises OSError."""
    from engine.files.reading import open_blob

    return await asyncio.to_thread(lambda: trimmed(open_blob(path)))


async def _in_utf8(blob: Blob, charset: str) -> Blob:
    decoder = TextDecoder(charset)
    spool = Spool(threshold=CHUNK)
    async for chunk in blob:
        await spool.write(decoder.feed(chunk).encode("utf-8", "surrogatepass"))
    await spool.write(decoder.finish().encode("utf-8", "surrogatepass"))
    return await spool.finish()
