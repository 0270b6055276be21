"""`<file.fetchDirectoryContent>`: the contents of the files of a folder, as a list in a property."""

from __future__ import annotations

import asyncio
import os
import re
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.content import guessed_type, payload_of
from connectors.file.errors import FileError, missing
from connectors.file.filters import Filters, Selection, selection
from connectors.file.operation import FileOperation, Outcome
from connectors.file.sorting import Sorted
from engine.files.paths import Root
from engine.files.reading import open_blob
from engine.mediators.connector import Result, operation, parameter
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.message.values import Nodes


@operation("file.fetchDirectoryContent")
class FetchDirectoryContent(Filters, Sorted, FileOperation):
    """Put the contents of all files of a folder into a property, for iterating over them. The body stays."""

    element: ClassVar[str] = "fetchDirectoryContentResult"
    unexpected: ClassVar[FileError] = FileError.RETRY_EXHAUSTED

    path: str = parameter("directoryPath", "the folder", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "matchingPattern", "only files whose whole name matches", kind="pattern", default=None
    )
    recursive: bool = parameter("recursive", "subfolders too", kind="flag", default=False)
    result_property: str = parameter("resultPropertyName", "property that takes the list", required=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome | Result | None:
        """Read them all."""
        folder = root.path(self.path)
        paths = await asyncio.to_thread(self._paths, folder, selection(self, self.pattern))
        contents = Nodes()
        for path in paths:
            blob = await asyncio.to_thread(open_blob, path)
            payload = await payload_of(message, blob, guessed_type(path), path)
            if payload.kind is PayloadKind.TEXT:
                contents.append(payload.text_node())
            else:
                element = payload.element()
                contents.append("" if element is None else element)
        message.properties[self.result_property] = contents
        return None

    def _paths(self, folder: str, wanted: Selection) -> list[str]:
        if not os.path.isdir(folder):
            raise missing(self.path)
        with os.scandir(folder) as found:
            entries = list(found)
        paths = [
            entry.path
            for entry in self.in_order(
                entry
                for entry in entries
                if not entry.is_dir(follow_symlinks=False) and wanted.takes(entry.path, entry.name)
            )
        ]
        if self.recursive:
            for entry in sorted(entries, key=lambda each: each.name):
                if entry.is_dir(follow_symlinks=False):
                    paths.extend(self._paths(entry.path, wanted))
        return paths
