"""`<fileconnector.read>`, `<fileconnector.readSpecifiedLines>` and `<fileconnector.readALine>`."""

from __future__ import annotations

import re

from connectors.file.connection import FileConnection
from connectors.file.operation import FileOperation, FileResult, Outcome, put_body
from connectors.file.operations.read import BETWEEN_LINES, COMPLETE, FROM_LINE, SPECIFIC_LINE, Read
from connectors.fileconnector.operation import OldOperation, local
from engine.files.paths import Root
from engine.mediators.connector import Result, operation, parameter
from engine.message.context import MessageContext


class _ToBody(OldOperation):
    """What was read is the body."""

    __slots__ = ()

    def deliver(self, message: MessageContext, result: Result) -> None:
        """Put it there."""
        if isinstance(result, FileResult):
            FileOperation.deliver(self, message, result)
        else:
            put_body(message, result.payload, result.content_type.partition(";")[0].strip())


@operation("fileconnector.read")
class ReadFile(_ToBody):
    """Read a file into the body."""

    source: str = parameter("source", "the file; of a folder, its first file that matches", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "filePattern", "regular expression for the whole name", kind="pattern", default=None
    )
    content_type: str | None = parameter(
        "contentType", "what the file holds; by default guessed from its name", default=None
    )
    streaming: bool = parameter(
        "streaming", "large files are never held in memory, asked for or not", kind="flag", default=False
    )
    skip: int = parameter("numberOfLinesToSkip", "lines left out at the beginning", kind="integer", default=0)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome | Result | None:
        """Read it."""
        mode = FROM_LINE if self.skip > 0 else COMPLETE
        return await Read(
            path=local(self.source),
            file_pattern=self.pattern,
            content_type=self.content_type,
            mode=mode,
            start_line=self.skip + 1,
        ).run(message, root, connection)


@operation("fileconnector.readSpecifiedLines")
class ReadSpecifiedLines(_ToBody):
    """Read some lines of a file into the body."""

    source: str = parameter("source", "the file", kind="path", required=True)
    content_type: str = parameter("contentType", "what the lines hold", default="text/plain")
    start: int = parameter("start", "first line, from 1", kind="integer", default=1)
    end: int | None = parameter("end", "last line; by default that of the file", kind="integer", default=None)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome | Result | None:
        """Read them."""
        mode = FROM_LINE if self.end is None else BETWEEN_LINES
        return await Read(
            path=local(self.source),
            content_type=self.content_type,
            mode=mode,
            start_line=self.start,
            end_line=self.end or 0,
        ).run(message, root, connection)


@operation("fileconnector.readALine")
class ReadALine(_ToBody):
    """Read one line of a file into the body."""

    source: str = parameter("source", "the file", kind="path", required=True)
    line: int = parameter("lineNumber", "the line, from 1", kind="integer", required=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome | Result | None:
        """Read it."""
        return await Read(path=local(self.source), content_type="text/plain", mode=SPECIFIC_LINE, line=self.line).run(
            message, root, connection
        )
