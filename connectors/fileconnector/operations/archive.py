"""`<fileconnector.archives>`, `unzip` and `listFileZip`."""

from __future__ import annotations

from connectors.file.connection import FileConnection
from connectors.file.operation import Outcome
from connectors.file.operations.compress import Compress
from connectors.file.operations.explore_zip_file import ExploreZipFile
from connectors.file.operations.unzip import Unzip
from connectors.fileconnector.operation import OldOperation, local
from engine.files.paths import Root
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("fileconnector.archives")
class Archives(OldOperation):
    """Put a file, or the files of a folder, into a .zip."""

    source: str = parameter("source", "the file or folder", kind="path", required=True)
    destination: str = parameter("destination", "the .zip", kind="path", required=True)
    include_subfolders: bool = parameter("includeSubDirectories", "files of subfolders too", kind="flag", default=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Compress it."""
        await Compress(
            source=local(self.source), target=local(self.destination), include_subfolders=self.include_subfolders
        ).run(message, root, connection)
        return Outcome()


@operation("fileconnector.unzip")
class UnzipOld(OldOperation):
    """Unpack a .zip."""

    source: str = parameter("source", "the .zip", kind="path", required=True)
    destination: str = parameter("destination", "the folder", kind="path", required=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Unpack it."""
        return await Unzip(source=local(self.source), target=local(self.destination)).run(message, root, connection)


@operation("fileconnector.listFileZip")
class ListFileZip(OldOperation):
    """List what is in a .zip."""

    source: str = parameter("source", "the .zip", kind="path", required=True)

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """List it."""
        outcome = await ExploreZipFile(path=local(self.source)).run(message, root, connection)
        return Outcome({"file": outcome.members["zipFileContent"]}, bare=True)
