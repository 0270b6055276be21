"""`<file.write>`: the body, or the outcome of an expression, into a file."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import os
import stat
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar

from lxml import etree

from connectors.file.appending import append_text
from connectors.file.connection import FileConnection
from connectors.file.content import charset_codec
from connectors.file.errors import FileError, FileFault, invalid
from connectors.file.locks import locked
from connectors.file.operation import Outcome, PropertyOperation, Retried
from connectors.file.permissions import mode_of
from engine.files.paths import Root
from engine.files.writing import NewFile, append_to_file, batches, replace_file
from engine.mediators.connector import operation, parameter
from engine.message.blob import Blob
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.message.values import TextNode, nodes_text, serialize, string_of

OVERWRITE, APPEND, CREATE_NEW = "Overwrite", "Append", "Create New"
AUTOMATIC = "Automatic"
Content = bytes | AsyncIterable[bytes]


@operation("file.write")
class Write(Retried, PropertyOperation):
    """Write the body or a content into a file."""

    element: ClassVar[str] = "writeResult"
    unexpected: ClassVar[FileError] = FileError.RETRY_EXHAUSTED

    path: str = parameter("filePath", "the file; missing folders are made", kind="path", required=True)
    content: Any = parameter("contentOrExpression", "what is written; by default the body", kind="object", default=None)
    encoding: str = parameter("encoding", "charset of contentOrExpression", default="UTF-8")
    mime_type: str = parameter(
        "mimeType", "content type the body is written as; Automatic: as it is", default=AUTOMATIC
    )
    compress: bool = parameter(
        "compress", "write a .zip of the same name with the file in it (not with Append)", kind="flag", default=False
    )
    mode: str = parameter(
        "writeMode",
        "Overwrite and Create New show the file only when it is whole; Append makes a missing file",
        kind="choice",
        choices=(OVERWRITE, APPEND, CREATE_NEW),
        fold=True,
        required=True,
    )
    append_position: int | None = parameter(
        "appendPosition",
        "line whose end contentOrExpression is glued to (Append); by default the last",
        kind="integer",
        default=None,
        minimum=1,
    )
    enable_streaming: bool = parameter(
        "enableStreaming", "large bodies are never held in memory, asked for or not", kind="flag", default=False
    )
    append_new_line: bool = parameter("appendNewLine", "end with a line feed more", kind="flag", default=False)
    enable_lock: bool = parameter("enableLock", "wait until nobody else works on the file", kind="flag", default=False)
    update_last_modified: bool = parameter(
        "updateLastModified", "false: the file keeps its modification time", kind="flag", default=True
    )
    size_check_interval: int | None = parameter(
        "timeBetweenSizeCheck", "for remote files only", kind="integer", default=None, ignored=True
    )
    permissions: str | None = parameter(
        "updateFilePermission", "permissions of the file, such as 644 or rw-r--r--", default=None
    )

    @classmethod
    def needs_body(cls, constants: Mapping[str, Any]) -> bool:
        """Only to write the body as another content type; as it is, it is streamed unread."""
        return "content" not in constants and constants.get("mime_type", AUTOMATIC).lower() != AUTOMATIC.lower()

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Write it."""
        self.require_property()
        target = root.path(self.path)
        if self.compress and self.mode == APPEND:
            raise invalid("compress does not go with write mode Append")
        if os.path.isdir(target):
            raise FileFault(FileError.ILLEGAL_PATH, f"{self.path} is a folder")
        permissions = None if self.permissions is None else mode_of(self.permissions)
        scheme = connection.lock_scheme if self.enable_lock else None
        guard: AbstractAsyncContextManager[None] = contextlib.nullcontext()  # a rename needs no lock
        if self.enable_lock or self.mode == APPEND:
            guard = locked(message.exchange.services.state, target, scheme=scheme)
        async with guard:
            times = None if self.update_last_modified else await asyncio.to_thread(_times, target)
            written = await self._write(message, target)
            if times is not None:
                await asyncio.to_thread(os.utime, target, ns=times)
            if permissions is not None:
                await asyncio.to_thread(os.chmod, target, permissions)
        return Outcome({"writtenBytes": written} if written else {}, brief=True)

    async def _write(self, message: MessageContext, target: str) -> int:
        codec = charset_codec(self.encoding)
        content = self._content(codec)
        if content is None:
            body = await self._body(message)
        elif self.mode == APPEND:
            position = self.append_position
            if position is not None and position < 1:
                raise FileFault(FileError.RETRY_EXHAUSTED, f"appendPosition must be 1 or more, not {position}")
            end = b"\n\n" if self.append_new_line else b"\n"
            return await asyncio.to_thread(append_text, target, content, end, position)
        else:
            body = content
        if self.append_new_line:
            end = b"\n" if content is None else _line_feed(codec)
            body = body + end if isinstance(body, bytes) else _followed(body, end)
        if self.compress:
            return await _write_zip(target, body, create=self.mode == CREATE_NEW)
        if self.mode == APPEND:
            return await append_to_file(target, body)
        try:
            return await replace_file(target, body, create=self.mode == CREATE_NEW)
        except FileExistsError as error:
            raise FileFault(FileError.RETRY_EXHAUSTED, f"the file exists already: {self.path}") from error

    def _content(self, codec: str) -> bytes | Blob | None:
        """The bytes of contentOrExpression, None when there is nothing in it."""
        value = self.content
        if isinstance(value, TextNode) and codec == value.charset:
            return value.blob if value.blob.size else None
        if isinstance(value, etree._Element):
            text = serialize(value)
        elif isinstance(value, TextNode):
            text = value.text()
        else:
            text = nodes_text(value) if isinstance(value, list) else string_of(value) or ""
        if not text:
            return None
        if self.mime_type.lower() == "application/binary":
            try:
                return base64.b64decode(text, validate=False)
            except binascii.Error as error:
                raise invalid(f"contentOrExpression is not base64: {error}") from error
        return text.encode(codec, "replace")

    async def _body(self, message: MessageContext) -> Content:
        """The bytes of the body, in the form its content type or mimeType asks for."""
        if self.mime_type.lower() != AUTOMATIC.lower():
            await message.build()
            message.axis2["messageType"] = self.mime_type
            payload = message.payload
            if self.mime_type.lower().startswith("text/plain") and payload.kind is PayloadKind.XML:
                element = payload.element()
                text = "" if element is None else "".join(str(part) for part in element.itertext(etree.Element))
                return text.encode(charset_codec(self.encoding), "replace")
        formatted = await message.exchange.services.formats.write(message, request=True)
        return formatted.body


async def _followed(chunks: AsyncIterable[bytes], end: bytes) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield chunk
    yield end


def _line_feed(codec: str) -> bytes:
    """A line feed in the middle of a text: without the mark that some charsets begin with."""
    return "x\n".encode(codec)[len("x".encode(codec)) :]


def _times(path: str) -> tuple[int, int] | None:
    """Access and modification time of a file that is there, in nanoseconds."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_atime_ns, status.st_mtime_ns


async def _write_zip(target: str, body: Content, *, create: bool) -> int:
    """Write `target`'s name as the one entry of a .zip beside it; returns the unpacked bytes."""
    import zipfile  # few flows compress, and a start waits for it

    folder, name = os.path.split(target)
    archive = os.path.join(folder, (os.path.splitext(name)[0] or name) + ".zip")
    if create and os.path.lexists(archive):
        raise FileFault(FileError.RETRY_EXHAUSTED, f"the file exists already: {archive}")
    file = await asyncio.to_thread(NewFile, archive)
    written = 0
    try:
        with (
            os.fdopen(os.dup(file.descriptor), "wb") as sink,
            zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as zipped,
        ):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            with zipped.open(info, "w", force_zip64=True) as entry:
                async for batch in batches(body):
                    piece = b"".join(batch)
                    await asyncio.to_thread(entry.write, piece)
                    written += len(piece)
        await asyncio.to_thread(file.create if create else file.replace)
    finally:
        file.abandon()
    return written
