"""`<file.exploreZipFile>`: the names of the files in a .zip."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from lxml import etree

from connectors.file.connection import FileConnection
from connectors.file.operation import FileOperation, Outcome, add_members
from connectors.file.operations.unzip import open_zip
from engine.files.paths import Root
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("file.exploreZipFile")
class ExploreZipFile(FileOperation):
    """List what is in a .zip without unpacking it."""

    element: ClassVar[str] = "exploreZipFileResult"

    path: str = parameter("zipFilePath", "the .zip", kind="path", required=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """List it."""
        names = await asyncio.to_thread(self._names, root.path(self.path))
        return Outcome({"zipFileContent": names}, xml=lambda element: _as_xml(element, names))

    def _names(self, path: str) -> list[str]:
        with open_zip(path, self.path) as archive:
            return [info.filename for info in archive.infolist() if not info.is_dir()]


def _as_xml(root: etree._Element, names: list[str]) -> None:
    add_members(etree.SubElement(root, "zipFileContent"), {"file": names})
