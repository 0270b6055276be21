"""`<file.listFiles>`: what is in a folder, as a tree or as a list."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import field
from typing import ClassVar

from lxml import etree

from connectors.file.connection import FileConnection
from connectors.file.content import guessed_type
from connectors.file.errors import FileError, FileFault, missing
from connectors.file.filters import Filters, Selection, selection
from connectors.file.operation import FileOperation, Outcome, Retried
from connectors.file.sorting import Sorted
from engine.files.paths import Root
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext
from engine.records import dataclass
from engine.values.json_document import Json

Element = etree._Element
HIERARCHICAL, FLAT = "Hierarchical", "Flat"


@dataclass(slots=True)
class Folder:
    """A folder that was listed."""

    name: str
    files: list[tuple[str, str]] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)


@operation("file.listFiles")
class ListFiles(Retried, Filters, Sorted, FileOperation):
    """List the files of a folder."""

    element: ClassVar[str] = "listFilesResult"
    unexpected: ClassVar[FileError] = FileError.RETRY_EXHAUSTED

    path: str = parameter("directoryPath", "the folder", kind="path", required=True)
    pattern: re.Pattern[str] | None = parameter(
        "matchingPattern", "only files whose whole name matches", kind="pattern", default=None
    )
    recursive: bool = parameter("recursive", "subfolders too", kind="flag", default=False)
    response_format: str = parameter(
        "responseFormat",
        "a tree of folders, or one list with paths",
        kind="choice",
        default=HIERARCHICAL,
        choices=(HIERARCHICAL, FLAT),
        fold=True,
    )
    append_attributes: bool = parameter(
        "appendFileAttributes", "say size, time and type of every file", kind="flag", default=False
    )
    max_depth: int | None = parameter(
        "subDirectoryMaxDepth", "how deep subfolders are gone into", kind="integer", default=None, minimum=0
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """List it."""
        return await asyncio.to_thread(self._list, root.path(self.path))

    def _list(self, path: str) -> Outcome:
        if not os.path.lexists(path):
            raise missing(self.path)
        if not os.path.isdir(path):
            raise FileFault(FileError.RETRY_EXHAUSTED, f"{self.path} is a file, not a folder")
        depth = 0
        if self.recursive:
            depth = self.max_depth if self.max_depth is not None else 1000
        folder = self._read(path, selection(self, self.pattern), depth)
        if self.response_format == FLAT:
            entries = [{"name": name, "path": file, **self._attributes(file)} for name, file in _flat(folder)]
            return Outcome({"files": {"files": entries}}, xml=lambda root: _flat_xml(root, entries))
        return Outcome({"directory": self._tree(folder)}, xml=lambda root: self._tree_xml(root, folder))

    def _read(self, path: str, wanted: Selection, depth: int) -> Folder:
        folder = Folder(os.path.basename(path))
        files, folders = [], []
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry)
                elif wanted.takes(entry.path, entry.name):
                    files.append(entry)
        folder.files = [(entry.name, entry.path) for entry in self.in_order(files)]
        if depth > 0:
            folders.sort(key=lambda entry: entry.name)
            folder.folders = [self._read(entry.path, wanted, depth - 1) for entry in folders]
        return folder

    def _attributes(self, path: str) -> dict[str, Json]:
        if not self.append_attributes:
            return {}
        status = os.stat(path)
        return {
            "size": status.st_size,
            "lastModifiedTime": status.st_mtime_ns // 1_000_000,
            "contentType": guessed_type(path),
            "contentEncoding": "",
        }

    def _tree(self, folder: Folder) -> dict[str, Json]:
        files: list[Json] = [
            {"name": name, **self._attributes(path)} if self.append_attributes else name for name, path in folder.files
        ]
        tree: dict[str, Json] = {"name": folder.name}
        if files:
            tree["file"] = files
        if folder.folders:
            tree["directory"] = [self._tree(each) for each in folder.folders]
        return tree

    def _tree_xml(self, parent: Element, folder: Folder) -> None:
        element = etree.SubElement(parent, "directory", name=folder.name)
        for name, path in folder.files:
            attributes = {key: str(value) for key, value in self._attributes(path).items()}
            etree.SubElement(element, "file", attributes).text = name
        for each in folder.folders:
            self._tree_xml(element, each)


def _flat(folder: Folder) -> list[tuple[str, str]]:
    found = list(folder.files)
    for each in folder.folders:
        found.extend(_flat(each))
    return found


def _flat_xml(root: Element, entries: list[dict[str, Json]]) -> None:
    files = etree.SubElement(root, "files")
    for entry in entries:
        element = etree.SubElement(files, "file")
        for name, value in entry.items():
            etree.SubElement(element, name).text = str(value)
