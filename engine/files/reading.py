"""A file as a Blob: small ones are read, large ones are referred to by their open descriptor."""

from __future__ import annotations

import os
import stat

from engine.message.blob import Blob, SpillFile

IN_MEMORY = 64 * 1024
"""A file up to here is simply read."""


class OpenFile(SpillFile):
    """A file of the user, held open: deleting, renaming or replacing it later does not change what is read."""

    __slots__ = ()

    def __init__(self, descriptor: int) -> None:
        self._fd = descriptor


def open_blob(path: str) -> Blob:
    """The bytes of a regular file. Blocks: call it in a worker thread. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(21, "Is a directory", path)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(22, "not a regular file", path)
        if status.st_size > IN_MEMORY:
            return Blob(file=OpenFile(descriptor), size=status.st_size)
        data = os.pread(descriptor, IN_MEMORY, 0)
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return Blob(data)
