"""`<file.mergeFiles>`: the files of a folder, one behind the other, in one file."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.errors import FileError, FileFault, missing
from connectors.file.locks import locked
from connectors.file.operation import FileOperation, Outcome
from engine.files.paths import Root
from engine.files.writing import NewFile
from engine.mediators.connector import operation, parameter
from engine.message.blob import CHUNK, write_all
from engine.message.context import MessageContext


@operation("file.mergeFiles")
class MergeFiles(FileOperation):
    """Write the files of a folder, in the order of their names, into one file."""

    element: ClassVar[str] = "mergeFilesResult"

    source: str = parameter("sourceDirectoryPath", "the folder", kind="path", required=True)
    target: str = parameter("targetFilePath", "the file that gets them all", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "filePattern", "only files whose whole name matches", kind="pattern", default=None
    )
    mode: str = parameter(
        "writeMode",
        "replace the target or append to it",
        kind="choice",
        default="Append",
        choices=("Overwrite", "Append"),
        fold=True,
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Merge them."""
        source, target = root.path(self.source), root.path(self.target)
        async with locked(message.exchange.services.state, target):
            count, written = await asyncio.to_thread(self._merge, source, target)
        return Outcome({"detail": {"numberOfMergedFiles": count, "totalWrittenBytes": written}})

    def _merge(self, source: str, target: str) -> tuple[int, int]:
        if not os.path.isdir(source):
            raise missing(self.source)
        if os.path.isdir(target):
            raise FileFault(FileError.ILLEGAL_PATH, f"{self.target} is a folder")
        own = os.path.realpath(target)
        paths = [
            entry.path
            for entry in sorted(os.scandir(source), key=lambda each: each.name)
            if entry.is_file()
            and os.path.realpath(entry.path) != own
            and (self.pattern is None or self.pattern.fullmatch(entry.name))
        ]
        if self.mode == "Overwrite":
            with NewFile(target) as file:
                for chunk in _chunks(paths):
                    file.write(chunk)
                file.replace()
                return len(paths), file.written
        return len(paths), _append(target, paths)


def _chunks(paths: list[str]) -> Iterator[bytes]:
    for path in paths:
        with open(path, "rb", buffering=0) as source:
            while chunk := source.read(CHUNK):
                yield chunk


def _append(target: str, paths: list[str]) -> int:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    try:
        before = os.fstat(descriptor).st_size
        written = 0
        try:
            for chunk in _chunks(paths):
                write_all(descriptor, chunk)
                written += len(chunk)
        except OSError:
            os.ftruncate(descriptor, before)
            raise
        return written
    finally:
        os.close(descriptor)
