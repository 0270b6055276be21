"""`<fileconnector.isFileExist>`, `search`, `getSize` and `getLastModifiedTime`."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import datetime

from connectors.file.connection import FileConnection
from connectors.file.errors import missing
from connectors.file.operation import Outcome
from connectors.fileconnector.operation import OldOperation, local
from engine.files.paths import Root
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("fileconnector.isFileExist")
class IsFileExist(OldOperation):
    """Say whether a file or folder is there."""

    source: str = parameter("source", "the file or folder", kind="path", required=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Look."""
        there = await asyncio.to_thread(os.path.exists, root.path(local(self.source)))
        return Outcome({"fileExist": there}, bare=True)


@operation("fileconnector.search")
class Search(OldOperation):
    """List the files of a folder whose names match."""

    source: str = parameter("source", "the folder", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "filePattern", "regular expression for the whole name", kind="pattern", default=None
    )
    recursive: bool = parameter("recursiveSearch", "subfolders too", kind="flag", default=False)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Search."""
        return Outcome({"file": await asyncio.to_thread(self._found, root.path(local(self.source)))}, bare=True)

    def _found(self, folder: str) -> list[str]:
        if not os.path.isdir(folder):
            raise missing(self.source)
        found = []
        for path, folders, files in os.walk(folder):
            folders[:] = sorted(folders) if self.recursive else []
            found += [
                os.path.join(path, name)
                for name in sorted(files)
                if self.pattern is None or self.pattern.fullmatch(name)
            ]
        return found


@operation("fileconnector.getSize")
class GetSize(OldOperation):
    """Say how many bytes a file has."""

    source: str = parameter("source", "the file", kind="path", required=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Look."""
        return Outcome({"fileSize": await asyncio.to_thread(os.path.getsize, root.path(local(self.source)))}, bare=True)


@operation("fileconnector.getLastModifiedTime")
class GetLastModifiedTime(OldOperation):
    """Say when a file was last changed."""

    source: str = parameter("source", "the file", kind="path", required=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Look."""
        changed = await asyncio.to_thread(os.path.getmtime, root.path(local(self.source)))
        text = datetime.fromtimestamp(changed).strftime("%m/%d/%Y %H:%M:%S")
        return Outcome({"lastModifiedTime": text}, bare=True)
