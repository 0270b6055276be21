"""`<file.read>`: a file, or some of its lines, into the body, a property or a variable."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from connectors.file.connection import FileConnection
from connectors.file.content import charset_codec, copy_lines, guessed_type, payload_of, with_charset
from connectors.file.errors import FileError, FileFault, invalid, missing
from connectors.file.filters import Filters, Selection, selection
from connectors.file.locks import locked
from connectors.file.operation import FileOperation, Outcome, PropertyOperation, Retried, put_body
from engine.codecs.content_type import parse_content_type
from engine.files.paths import Root
from engine.files.reading import open_blob
from engine.mediators.connector import Result, operation, parameter
from engine.message.blob import Blob
from engine.message.context import MessageContext
from engine.message.payload import Payload, PayloadKind
from engine.message.values import TextNode

COMPLETE, FROM_LINE, UP_TO_LINE = "Complete File", "Starting From Line", "Up To Line"
BETWEEN_LINES, SPECIFIC_LINE, METADATA = "Between Lines", "Specific Line", "Metadata Only"


@operation("file.read")
class Read(Retried, Filters, PropertyOperation):
    """Read a file into the body, a property or a variable."""

    element: ClassVar[str] = "readResult"
    unexpected: ClassVar[FileError] = FileError.RETRY_EXHAUSTED

    path: str = parameter(
        "path", "the file; of a folder, its first file that matches filePattern", kind="path", required=True
    )
    file_pattern: re.Pattern[str] | None = parameter(
        "filePattern", "regular expression for the whole name, when the path is a folder", kind="pattern", default=None
    )
    mode: str = parameter(
        "readMode",
        "how much is read",
        kind="choice",
        default=COMPLETE,
        fold=True,
        choices=(COMPLETE, FROM_LINE, UP_TO_LINE, BETWEEN_LINES, SPECIFIC_LINE, METADATA),
    )
    start_line: int = parameter(
        "startLineNum", "first line, from 1 (Starting From Line, Between Lines)", kind="integer", default=0, minimum=0
    )
    end_line: int = parameter(
        "endLineNum", "last line (Up To Line, Between Lines)", kind="integer", default=0, minimum=0
    )
    line: int = parameter("lineNum", "the line of Specific Line", kind="integer", default=0, minimum=0)
    content_type: str | None = parameter(
        "contentType", "what the file holds; by default guessed from its name", default=None
    )
    encoding: str | None = parameter("encoding", "charset of text; a charset in contentType wins", default=None)
    enable_streaming: bool = parameter(
        "enableStreaming", "large files are never held in memory, asked for or not", kind="flag", default=False
    )
    enable_lock: bool = parameter("enableLock", "wait until nobody else works on the file", kind="flag", default=False)
    metadata_format: str | None = parameter(
        "metadataOutputFormat", "metadata are plain values here", default=None, ignored=True
    )
    size_check_interval: int = parameter(
        "timeBetweenSizeCheck",
        "milliseconds after which the size must still be the same; 0: not checked",
        kind="integer",
        default=0,
        minimum=0,
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome | Result | None:
        """Read it; properties FILE_NAME, FILE_PATH, FILE_SIZE ... say what was read."""
        self.require_property()
        window = self._window()
        path, shown = await asyncio.to_thread(self._chosen, root.path(self.path))
        if self.size_check_interval > 0:
            await self._settled(path)
        scheme = connection.lock_scheme
        if self.enable_lock:
            async with locked(message.exchange.services.state, path, scheme=scheme):
                blob, facts = await asyncio.to_thread(self._load, path, shown, window)
        else:
            blob, facts = await asyncio.to_thread(self._load, path, shown, window)
        message.properties.update(facts)
        if blob is None:
            return Outcome()
        content_type = with_charset(self.content_type or guessed_type(path), self.encoding)
        if window is not None:
            content_type = _in_utf8(content_type)
        payload = await payload_of(message, blob, content_type, self.path)
        attributes = {
            name: ("true" if value else "false") if isinstance(value, bool) else str(value)
            for name, value in facts.items()
        }
        return Result(payload=payload, content_type=content_type, attributes=attributes)

    def deliver(self, message: MessageContext, result: Result) -> None:
        """Put what was read in the property, else in the body."""
        if type(result) is not Result:
            FileOperation.deliver(self, message, result)
        elif self.result_property:
            message.properties[self.result_property] = _node(result)
        else:
            put_body(message, result.payload, result.content_type.partition(";")[0].strip())

    def _window(self) -> tuple[int, int | None] | None:
        """First and last line to read, None for all. Raises FileFault for numbers that make no sense."""
        if self.mode in (FROM_LINE, BETWEEN_LINES) and self.start_line < 1:
            raise invalid(f"startLineNum of read mode {self.mode} must be 1 or more, not {self.start_line}")
        if self.mode in (UP_TO_LINE, BETWEEN_LINES) and self.end_line < 1:
            raise invalid(f"endLineNum of read mode {self.mode} must be 1 or more, not {self.end_line}")
        if self.mode == BETWEEN_LINES and self.end_line < self.start_line:
            raise invalid(f"endLineNum {self.end_line} is before startLineNum {self.start_line}")
        if self.mode == SPECIFIC_LINE and self.line < 1:
            raise invalid(f"lineNum of read mode {self.mode} must be 1 or more, not {self.line}")
        windows: dict[str, tuple[int, int | None]] = {
            FROM_LINE: (self.start_line, None),
            UP_TO_LINE: (1, self.end_line),
            BETWEEN_LINES: (self.start_line, self.end_line),
            SPECIFIC_LINE: (self.line, self.line),
        }
        return windows.get(self.mode)

    def _chosen(self, path: str) -> tuple[str, str]:
        """The file to read, and how FILE_PATH calls it. Blocks."""
        if not os.path.lexists(path):
            raise missing(self.path)
        if not os.path.isdir(path):
            return path, self.path
        wanted: Selection = selection(self, self.file_pattern)
        for entry in sorted(os.scandir(path), key=lambda each: each.name):
            if entry.is_file() and wanted.takes(entry.path, entry.name):
                return entry.path, self.path.rstrip("/") + "/" + entry.name
        raise FileFault(FileError.RETRY_EXHAUSTED, f"no file in {self.path} matches")

    def _load(self, path: str, shown: str, window: tuple[int, int | None] | None) -> tuple[Blob | None, dict[str, Any]]:
        """The bytes (None for metadata only) and the facts about the file. Blocks."""
        facts = facts_about(path, shown)
        if self.mode == METADATA:
            return None, facts
        blob = open_blob(path)
        if window is not None:
            declared = parse_content_type(self.content_type or "").charset or self.encoding or "utf-8"
            blob = copy_lines(blob, charset_codec(declared), *window)
        return blob, facts

    async def _settled(self, path: str) -> None:
        before = await asyncio.to_thread(os.path.getsize, path)
        await asyncio.sleep(self.size_check_interval / 1000)
        if await asyncio.to_thread(os.path.getsize, path) != before:
            raise FileFault(FileError.OPERATION_ERROR, f"{self.path} is still being written")


def facts_about(path: str, shown: str) -> dict[str, Any]:
    """The FILE_ properties. Blocks."""
    status = os.stat(path)
    name = os.path.basename(path)
    return {
        "FILE_LAST_MODIFIED_TIME": datetime.fromtimestamp(status.st_mtime).strftime("%m/%d/%Y %H:%M:%S"),
        "FILE_IS_DIR": os.path.isdir(path),
        "FILE_PATH": str(shown),
        "FILE_URL": Path(path).as_uri(),
        "FILE_NAME": name,
        "FILE_NAME_WITHOUT_EXTENSION": name.partition(".")[0] or name,
        "FILE_SIZE": status.st_size,
    }


def _in_utf8(content_type: str) -> str:
    return parse_content_type(content_type).media + "; charset=utf-8"


def _node(result: Result) -> object:
    """What a property gets: characters stay where they are, everything else is an element."""
    payload: Payload = result.payload
    if payload.kind is PayloadKind.TEXT and payload.blob is not None:
        return TextNode(payload.blob, payload.charset, result.content_type)
    element = payload.element()
    return "" if element is None else element
