"""`<file.copy>`: a file or the content of a folder into a folder."""

from __future__ import annotations

import asyncio
import os
import re
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.errors import FileError, FileFault, missing
from connectors.file.filters import Filters, selection
from connectors.file.operation import FileOperation, Outcome, Retried
from connectors.file.transfer import copy_file, inside, pairs, refuse_existing
from engine.files.paths import Root
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("file.copy")
class Copy(Retried, Filters, FileOperation):
    """Copy a file, or what a folder holds, into a folder."""

    element: ClassVar[str] = "copyFilesResult"
    unexpected: ClassVar[FileError] = FileError.RETRY_EXHAUSTED

    source: str = parameter("sourcePath", "the file or folder", kind="path", required=True)
    target: str = parameter(
        "targetPath", "the folder that gets it; made when it is not there", kind="path", required=True
    )
    pattern: re.Pattern[str] | None = parameter(
        "sourceFilePattern",
        "of a folder, only copy files whose whole name matches, in subfolders too",
        kind="pattern",
        default=None,
    )
    include_parent: bool = parameter(
        "includeParent", "copy the folder itself, not only what it holds", kind="flag", default=False
    )
    overwrite: bool = parameter("overwrite", "replace files that are there already", kind="flag", default=False)
    rename_to: str | None = parameter(
        "renameTo", "new name of the file, or of the folder with includeParent", default=None
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Copy it."""
        source = root.path(self.source)
        target = root.path(os.path.join(self.target, self.rename_to)) if self.rename_to else root.path(self.target)
        await asyncio.to_thread(self._copy, source, root.path(self.target), target)
        return Outcome()

    def _copy(self, source: str, folder: str, renamed: str) -> None:
        if not os.path.exists(source):
            raise missing(self.source)
        name = os.path.basename(source)
        if not os.path.isdir(source):
            targets = [(source, renamed if self.rename_to else os.path.join(folder, name))]
        else:
            target = folder
            if self.include_parent:
                target = renamed if self.rename_to else os.path.join(folder, name)
            if inside(target, source):
                raise FileFault(FileError.ILLEGAL_PATH, f"{self.target} is inside {self.source}")
            targets = list(pairs(source, target, selection(self, self.pattern)))
            os.makedirs(target, exist_ok=True)
        if not self.overwrite:
            refuse_existing(targets)
        for path, place in targets:
            copy_file(path, place, overwrite=self.overwrite)
