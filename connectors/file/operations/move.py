"""`<file.move>`: a file or the content of a folder into a folder, gone from where it was."""

from __future__ import annotations

import asyncio
import errno
import os
import re
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.errors import FileError, FileFault
from connectors.file.filters import Filters, selection
from connectors.file.operation import FileOperation, Outcome, Retried
from connectors.file.transfer import copy_file, inside, pairs, refuse_existing
from engine.files.paths import Root
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("file.move")
class Move(Retried, Filters, FileOperation):
    """Move a file, or what a folder holds, into a folder."""

    element: ClassVar[str] = "moveFilesResult"

    source: str = parameter("sourcePath", "the file or folder", kind="path", required=True)
    target: str = parameter("targetPath", "the folder that gets it", kind="path", required=True)
    create_parents: bool = parameter(
        "createParentDirectories", "make the target folder when it is not there", kind="flag", default=True
    )
    pattern: re.Pattern[str] | None = parameter(
        "filePattern", "of a folder, only move files whose whole name matches", kind="pattern", default=None
    )
    include_parent: bool = parameter(
        "includeParent", "move the folder itself, not only what it holds", kind="flag", default=False
    )
    overwrite: bool = parameter("overwrite", "replace files that are there already", kind="flag", default=False)
    rename_to: str | None = parameter(
        "renameTo", "new name of the file, or of the folder with includeParent", default=None
    )
    source_mounted: bool = parameter(
        "isSourceMounted", "moving across mounts always works here", kind="flag", default=False, ignored=True
    )
    target_mounted: bool = parameter(
        "isTargetMounted", "moving across mounts always works here", kind="flag", default=False, ignored=True
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Move it."""
        source, folder = root.path(self.source), root.path(self.target)
        renamed = root.path(os.path.join(self.target, self.rename_to)) if self.rename_to else folder
        await asyncio.to_thread(self._move, source, folder, renamed)
        return Outcome()

    def _move(self, source: str, folder: str, renamed: str) -> None:
        if not os.path.lexists(source):
            raise FileFault(FileError.OPERATION_ERROR, f"File or folder not found: {self.source}")
        if not os.path.isdir(folder) and not self.create_parents:
            raise FileFault(FileError.OPERATION_ERROR, f"the target folder is not there: {self.target}")
        name = os.path.basename(source)
        is_folder = os.path.isdir(source)
        target = folder
        if not is_folder or self.include_parent:
            target = renamed if self.rename_to else os.path.join(folder, name)
        if not is_folder:
            targets = [(source, target)]
        else:
            if inside(target, source):
                raise FileFault(FileError.OPERATION_ERROR, f"{self.target} is inside {self.source}")
            targets = list(pairs(source, target, selection(self, self.pattern)))
            os.makedirs(target, exist_ok=True)
        if not self.overwrite:
            refuse_existing(targets)
        for path, place in targets:
            self._move_file(path, place)
        if is_folder:
            _remove_empty(source)

    def _move_file(self, path: str, place: str) -> None:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        try:
            os.rename(path, place)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            copy_file(path, place, overwrite=self.overwrite)
            os.unlink(path)


def _remove_empty(folder: str) -> None:
    """Remove the folders that moving has emptied."""
    for path, _, _ in os.walk(folder, topdown=False):
        if not os.listdir(path):
            os.rmdir(path)
