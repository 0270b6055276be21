"""`<file.delete>`: a file, a folder with all it holds, or the files of a folder that match."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.errors import FileError, missing
from connectors.file.filters import Filters, selection
from connectors.file.operation import FileOperation, Outcome, Retried
from engine.files.paths import Root
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("file.delete")
class Delete(Retried, Filters, FileOperation):
    """Delete a file or folder. A link is deleted, never what it leads to."""

    element: ClassVar[str] = "deleteFileResult"
    unexpected: ClassVar[FileError] = FileError.RETRY_EXHAUSTED

    path: str = parameter("path", "the file or folder", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "matchingPattern",
        "of a folder, only delete the files in it whose whole name matches",
        kind="pattern",
        default=None,
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Delete it."""
        count = await asyncio.to_thread(self._delete, root.path(self.path))
        return Outcome({} if count is None else {"numOfDeletedFiles": count})

    def _delete(self, path: str) -> int | None:
        if not os.path.lexists(path):
            raise missing(self.path)
        if not os.path.isdir(path) or os.path.islink(path):
            os.unlink(path)
            return None
        if self.pattern is None and not (self.include_files or self.exclude_files or self.max_file_age):
            count = sum(len(folders) + len(files) for _, folders, files in os.walk(path)) + 1
            shutil.rmtree(path)
            return count
        wanted = selection(self, self.pattern)
        entries = [
            entry.path
            for entry in os.scandir(path)
            if not entry.is_dir(follow_symlinks=False) and wanted.takes(entry.path, entry.name)
        ]
        for entry in entries:
            os.unlink(entry)
        return len(entries)
