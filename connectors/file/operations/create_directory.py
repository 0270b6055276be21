"""`<file.createDirectory>`: a folder, with its parents."""

from __future__ import annotations

import asyncio
import os
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.errors import FileError, FileFault
from connectors.file.operation import FileOperation, Outcome
from connectors.file.permissions import mode_of
from engine.files.paths import Root
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("file.createDirectory")
class CreateDirectory(FileOperation):
    """Make a folder and its parents; one that is there already is fine."""

    element: ClassVar[str] = "createDirectoryResult"

    path: str = parameter("directoryPath", "the folder", kind="path", required=True)
    auto_create: bool = parameter("autoCreate", "parents are always made", kind="flag", default=True, ignored=True)
    permissions: str | None = parameter(
        "permissions", "permissions of the folder, such as 755 or rwxr-xr-x", default=None
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Make it."""
        mode = None if self.permissions is None else mode_of(self.permissions)
        await asyncio.to_thread(self._make, root.path(self.path), mode)
        return Outcome()

    def _make(self, path: str, mode: int | None) -> None:
        try:
            os.makedirs(path, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise FileFault(
                FileError.OPERATION_ERROR, f"there is a file where the folder should be: {self.path}"
            ) from error
        if mode is not None:
            os.chmod(path, mode)
