"""`<fileconnector.copy>`, `move`, `delete`, `mergeFiles` and `splitFile`."""

from __future__ import annotations

import re

from connectors.file.connection import FileConnection
from connectors.file.errors import invalid
from connectors.file.operation import Outcome
from connectors.file.operations.copy import Copy
from connectors.file.operations.delete import Delete
from connectors.file.operations.merge_files import MergeFiles
from connectors.file.operations.move import Move
from connectors.file.operations.split_file import CHUNK_SIZE, LINE_COUNT, XPATH, SplitFile
from connectors.fileconnector.operation import OldOperation, local
from engine.files.paths import Root
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("fileconnector.copy")
class CopyOld(OldOperation):
    """Copy a file, or what a folder holds, into a folder. What is there already is replaced."""

    source: str = parameter("source", "the file or folder", kind="path", required=True)
    destination: str = parameter("destination", "the folder that gets it", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "filePattern", "regular expression for the whole name", kind="pattern", default=None
    )
    include_parent: bool = parameter("includeParentDirectory", "copy the folder itself", kind="flag", default=False)
    include_subfolders: bool = parameter(
        "includeSubDirectories", "subfolders always come along", kind="flag", default=True, ignored=True
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Copy it."""
        return await Copy(
            source=local(self.source),
            target=local(self.destination),
            pattern=self.pattern,
            include_parent=self.include_parent,
            overwrite=True,
        ).run(message, root, connection)


@operation("fileconnector.move")
class MoveOld(OldOperation):
    """Move a file, or what a folder holds, into a folder. What is there already is replaced."""

    source: str = parameter("source", "the file or folder", kind="path", required=True)
    destination: str = parameter("destination", "the folder that gets it", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "filePattern", "regular expression for the whole name", kind="pattern", default=None
    )
    include_parent: bool = parameter("includeParentDirectory", "move the folder itself", kind="flag", default=False)
    include_subfolders: bool = parameter(
        "includeSubDirectories", "subfolders always come along", kind="flag", default=True, ignored=True
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Move it."""
        return await Move(
            source=local(self.source),
            target=local(self.destination),
            pattern=self.pattern,
            include_parent=self.include_parent,
            overwrite=True,
        ).run(message, root, connection)


@operation("fileconnector.delete")
class DeleteOld(OldOperation):
    """Delete a file or folder, or the files of a folder that match."""

    source: str = parameter("source", "the file or folder", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "filePattern", "regular expression for the whole name", kind="pattern", default=None
    )
    include_subfolders: bool = parameter(
        "includeSubDirectories", "a folder goes with all it holds", kind="flag", default=True, ignored=True
    )
    delete_folders: bool = parameter(
        "deleteContainerFolders", "a folder goes with all it holds", kind="flag", default=False, ignored=True
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Delete it."""
        await Delete(path=local(self.source), pattern=self.pattern).run(message, root, connection)
        return Outcome()


@operation("fileconnector.mergeFiles")
class MergeFilesOld(OldOperation):
    """Write the files of a folder into one file."""

    source: str = parameter("source", "the folder", kind="path", required=True)
    destination: str = parameter("destination", "the file", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "filePattern", "regular expression for the whole name", kind="pattern", default=None
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Merge them."""
        await MergeFiles(
            source=local(self.source), target=local(self.destination), pattern=self.pattern, mode="Overwrite"
        ).run(message, root, connection)
        return Outcome()


@operation("fileconnector.splitFile")
class SplitFileOld(OldOperation):
    """Split a file by size, by lines or by the elements an XPath selects."""

    source: str = parameter("source", "the file", kind="path", required=True)
    destination: str = parameter("destination", "the folder of the parts", kind="path", required=True)
    chunk_size: int | None = parameter("chunkSize", "bytes of a part", kind="integer", default=None)
    lines: int | None = parameter("numberOfLines", "lines of a part", kind="integer", default=None)
    xpath: str | None = parameter("xpathExpression", "elements that become parts", default=None)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Split it."""
        if self.xpath:
            mode = XPATH
        elif self.lines is not None:
            mode = LINE_COUNT
        elif self.chunk_size is not None:
            mode = CHUNK_SIZE
        else:
            raise invalid("one of chunkSize, numberOfLines and xpathExpression is needed")
        await SplitFile(
            source=local(self.source),
            target=local(self.destination),
            mode=mode,
            chunk_size=self.chunk_size,
            line_count=self.lines,
            xpath=self.xpath,
        ).run(message, root, connection)
        return Outcome()
