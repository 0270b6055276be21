"""`<file.rename>`: a new name in the same folder."""

from __future__ import annotations

import asyncio
import os
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.errors import FileError, FileFault, fault_of, missing
from connectors.file.operation import FileOperation, Outcome, put_failure
from engine.files.paths import Root
from engine.mediators.connector import Result, operation, parameter
from engine.message.context import MessageContext
from engine.message.payload import Payload
from engine.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameFailure(Result):
    """A renaming that did not work."""

    fault: FileFault


@operation("file.rename")
class Rename(FileOperation):
    """Rename a file or folder. A failure is a result that says so, not a fault (RenameFiles of the reference)."""

    element: ClassVar[str] = "renameFileResult"

    path: str = parameter("path", "the file or folder", kind="path", required=True)
    rename_to: str = parameter("renameTo", "its new name", required=True)
    overwrite: bool = parameter("overwrite", "replace what has that name already", kind="flag", default=False)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome | Result | None:
        """Rename it."""
        source = root.path(self.path)
        target = root.path(os.path.join(os.path.dirname(self.path), self.rename_to))
        failure = await asyncio.to_thread(self._rename, source, target)
        if failure is None:
            return Outcome()
        message.axis2["HTTP_SC"] = 500
        payload = Payload()
        payload.set_json(
            {"success": False, "error": {"code": failure.code, "message": failure.message, "detail": failure.detail}}
        )
        return RenameFailure(payload=payload, content_type="application/json", fault=failure)

    def deliver(self, message: MessageContext, result: Result) -> None:
        """Put the result in the body."""
        if isinstance(result, RenameFailure):
            put_failure(message, self.element, result.fault)
        else:
            FileOperation.deliver(self, message, result)

    def _rename(self, source: str, target: str) -> FileFault | None:
        if not os.path.lexists(source):
            raise missing(self.path)
        if os.path.lexists(target) and not self.overwrite:
            return FileFault(FileError.FILE_ALREADY_EXISTS, f"{self.rename_to} exists already")
        try:
            os.replace(source, target)
        except OSError as error:
            return fault_of(error, FileError.OPERATION_ERROR)
        return None
