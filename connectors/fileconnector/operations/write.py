"""`<fileconnector.create>` and `<fileconnector.append>`."""

from __future__ import annotations

from typing import Any

from connectors.file.connection import FileConnection
from connectors.file.errors import invalid
from connectors.file.operation import Outcome
from connectors.file.operations.create_directory import CreateDirectory
from connectors.file.operations.write import APPEND, AUTOMATIC, OVERWRITE, Write
from connectors.fileconnector.operation import OldOperation, local
from engine.files.paths import Root
from engine.files.writing import replace_file
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("fileconnector.create")
class Create(OldOperation):
    """Make a file; without content and without a dot in its name, a folder."""

    path: str | None = parameter("filePath", "the file", kind="path", default=None)
    source: str | None = parameter("source", "the file, in version 2", kind="path", default=None)
    content: Any = parameter("inputContent", "what is written", kind="object", default=None)
    binary: bool = parameter("isBinaryContent", "inputContent is base64", kind="flag", default=False)
    encoding: str = parameter("encoding", "charset of the file", default="UTF-8")

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Make it."""
        path = self.path or self.source
        if not path:
            raise invalid("filePath is needed")
        name = path.rstrip("/").rpartition("/")[2]
        if self.content is None and ("." not in name or path.endswith("/")):
            await CreateDirectory(path=local(path)).run(message, root, connection)
            return Outcome()
        if self.content is None:
            await replace_file(root.path(local(path)), b"")
            return Outcome()
        mime = "application/binary" if self.binary else AUTOMATIC
        write = Write(path=local(path), content=self.content, mode=OVERWRITE, encoding=self.encoding, mime_type=mime)
        await write.run(message, root, connection)
        return Outcome()


@operation("fileconnector.append")
class Append(OldOperation):
    """Glue text to the end of a file, or of a line of it."""

    path: str = parameter("destination", "the file", kind="path", required=True)
    content: Any = parameter("inputContent", "what is added", kind="object", required=True)
    position: int | None = parameter(
        "position", "the line whose end gets it; by default the last", kind="integer", default=None
    )
    encoding: str = parameter("encoding", "charset of the file", default="UTF-8")

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Add it."""
        write = Write(
            path=local(self.path),
            content=self.content,
            mode=APPEND,
            encoding=self.encoding,
            append_position=self.position,
        )
        await write.run(message, root, connection)
        return Outcome()
