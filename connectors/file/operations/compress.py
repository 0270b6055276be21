"""`<file.compress>`: a file or folder into a .zip."""

from __future__ import annotations

import asyncio
import os
import zipfile
from collections.abc import Iterator
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.errors import missing
from connectors.file.filters import Filters, selection
from connectors.file.operation import FileOperation, Outcome
from engine.files.paths import Root
from engine.files.writing import NewFile
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("file.compress")
class Compress(Filters, FileOperation):
    """Put a file, or the files of a folder, into a .zip."""

    element: ClassVar[str] = "compressResult"

    source: str = parameter("sourceDirectoryPath", "the file or folder", kind="path", required=True)
    target: str = parameter("targetFilePath", "the .zip", kind="path", required=True)
    include_subfolders: bool = parameter("includeSubDirectories", "files of subfolders too", kind="flag", default=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Compress it."""
        count = await asyncio.to_thread(self._compress, root.path(self.source), root.path(self.target))
        return Outcome({"NumberOfFilesAdded": count})

    def _compress(self, source: str, target: str) -> int:
        if not os.path.lexists(source):
            raise missing(self.source)
        count = 0
        own = os.path.realpath(target)
        with NewFile(target) as file:
            with (
                os.fdopen(os.dup(file.descriptor), "wb") as sink,
                zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive,
            ):
                for path, name in self._files(source):
                    if os.path.realpath(path) not in (own, file.path):
                        archive.write(path, name)
                        count += 1
            file.replace()
        return count

    def _files(self, source: str) -> Iterator[tuple[str, str]]:
        """Paths to add, with their names in the archive."""
        if not os.path.isdir(source):
            yield source, os.path.basename(source)
            return
        wanted = selection(self, None)
        for folder, folders, files in os.walk(source):
            folders[:] = sorted(folders) if self.include_subfolders else []
            for name in sorted(files):
                path = os.path.join(folder, name)
                if wanted.takes(path, name):
                    yield path, os.path.relpath(path, source)
