"""`<file.checkExist>`: whether a file or folder is there."""

from __future__ import annotations

import asyncio
import os
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.operation import FileOperation, FileResult, Outcome, PropertyOperation
from engine.files.paths import Root
from engine.mediators.connector import Result, operation, parameter
from engine.message.context import MessageContext


@operation("file.checkExist")
class CheckExist(PropertyOperation):
    """Say whether a file or folder is there."""

    element: ClassVar[str] = "checkExistResult"

    path: str = parameter("path", "the file or folder", kind="path", required=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Look whether it is there."""
        self.require_property()
        return Outcome({"fileExists": await asyncio.to_thread(os.path.exists, root.path(self.path))})

    def deliver(self, message: MessageContext, result: Result) -> None:
        """The property gets the text `true` or `false`."""
        if self.result_property and isinstance(result, FileResult):
            message.properties[self.result_property] = "true" if result.outcome.members["fileExists"] else "false"
        else:
            FileOperation.deliver(self, message, result)
