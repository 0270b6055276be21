"""Copying files and folders so that a target is whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator

from connectors.file.errors import FileError, FileFault
from connectors.file.filters import Selection
from engine.files.writing import NewFile
from engine.message.blob import CHUNK

Pair = tuple[str, str]


def pairs(source: str, target: str, wanted: Selection) -> Iterator[Pair]:
    """Every file below folder `source` that is taken, with its place below `target`. Blocks."""
    for folder, folders, files in os.walk(source):
        folders.sort()
        below = os.path.relpath(folder, source)
        for name in sorted(files):
            path = os.path.join(folder, name)
            if wanted.takes(path, name):
                yield path, os.path.normpath(os.path.join(target, below, name))


def refuse_existing(targets: list[Pair]) -> None:
    """Raises FileFault when one of the targets is there already: nothing is moved or copied then. Blocks."""
    for _, target in targets:
        if os.path.lexists(target):
            raise FileFault(FileError.FILE_ALREADY_EXISTS, f"the target exists already: {target}")


def copy_file(source: str, target: str, *, overwrite: bool) -> None:
    """Copy the bytes and permissions of a file; parents are made. Blocks. Raises OSError, FileExistsError."""
    with open(source, "rb", buffering=0) as reading, NewFile(target) as file:
        status = os.fstat(reading.fileno())
        while chunk := reading.read(CHUNK):
            file.write(chunk)
        os.fchmod(file.descriptor, status.st_mode & 0o777)
        if overwrite:
            file.replace()
        else:
            file.create()


def inside(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it, links resolved."""
    real, above = os.path.realpath(path), os.path.realpath(folder)
    return real == above or real.startswith(above.rstrip("/") + "/")
