"""`<file.unzip>`: the files of a .zip into a folder."""

from __future__ import annotations

import asyncio
import os
import zipfile
import zlib
from typing import ClassVar

from connectors.file.connection import FileConnection
from connectors.file.content import charset_codec
from connectors.file.errors import FileError, FileFault, missing
from connectors.file.operation import FileOperation, Outcome
from engine.files.paths import Root
from engine.files.writing import NewFile
from engine.mediators.connector import operation, parameter
from engine.message.blob import CHUNK
from engine.message.context import MessageContext

MAX_ENTRIES = 100_000
MAX_BYTES = 16 << 30
MAX_RATIO = 1000
"""What an archive may unpack to: entries, bytes, and bytes for every packed byte (deflate reaches 1,032)."""

_RATIO_FROM = 64 << 20


@operation("file.unzip")
class Unzip(FileOperation):
    """Unpack a .zip. Entries that would leave the folder are refused, and so are archives that unpack without end."""

    element: ClassVar[str] = "unzipFileResult"

    source: str = parameter("sourceFilePath", "the .zip", kind="path", required=True)
    target: str = parameter("targetDirectory", "the folder; made when it is not there", kind="path", required=True)
    name_encoding: str = parameter("fileNameEncoding", "charset of names that are not marked as UTF-8", default="UTF-8")

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Unpack it."""
        await asyncio.to_thread(self._unzip, root.path(self.source), root.path(self.target))
        return Outcome()

    def _unzip(self, source: str, folder: str) -> None:
        with open_zip(source, self.source, charset_codec(self.name_encoding)) as archive:
            places = [(info, _place(info.filename, folder)) for info in archive.infolist()]
            os.makedirs(folder, exist_ok=True)
            budget = _Budget(os.path.getsize(source))
            try:
                for info, place in places:
                    if info.is_dir():
                        os.makedirs(place, exist_ok=True)
                    else:
                        _unpack(archive, info, place, budget)
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
                raise FileFault(FileError.OPERATION_ERROR, f"{self.source} cannot be unpacked: {error}") from error


class _Budget:
    """How much may still be unpacked."""

    __slots__ = ("_limit", "_used")

    def __init__(self, packed: int) -> None:
        self._limit = min(MAX_BYTES, max(_RATIO_FROM, packed * MAX_RATIO))
        self._used = 0

    def take(self, size: int) -> None:
        """Raises FileFault when the archive unpacks to more than any honest one."""
        self._used += size
        if self._used > self._limit:
            raise FileFault(FileError.OPERATION_ERROR, f"the archive unpacks to more than {self._limit} bytes")


def open_zip(path: str, shown: str, codec: str = "utf-8") -> zipfile.ZipFile:
    """Open a .zip for reading. Raises FileFault when it is not there or is none."""
    if not os.path.lexists(path):
        raise missing(shown)
    if os.path.isdir(path):
        raise FileFault(FileError.ILLEGAL_PATH, f"{shown} is a folder")
    try:
        archive = zipfile.ZipFile(path, metadata_encoding=codec)
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise FileFault(FileError.OPERATION_ERROR, f"{shown} is no zip file: {error}") from error
    if len(archive.filelist) > MAX_ENTRIES:
        archive.close()
        raise FileFault(FileError.OPERATION_ERROR, f"{shown} holds more than {MAX_ENTRIES} entries")
    return archive


def _place(name: str, folder: str) -> str:
    """Where an entry goes. Raises FileFault when that is outside of the folder."""
    path = os.path.normpath(os.path.join(folder, name))
    real, above = os.path.realpath(path), os.path.realpath(folder)
    if os.path.isabs(name) or not (
        path.startswith(folder.rstrip("/") + "/") and real.startswith(above.rstrip("/") + "/")
    ):
        raise FileFault(FileError.ACCESS_DENIED, f"the entry {name!r} would leave the target folder")
    return path


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str, budget: _Budget) -> None:
    with archive.open(info) as packed, NewFile(place) as file:
        while chunk := packed.read(CHUNK):
            budget.take(len(chunk))
            file.write(chunk)
        file.replace()
