"""What can go wrong with files, in the file connector's own codes."""

from __future__ import annotations

import errno
from enum import Enum

from engine.errors import MediationError


class FileError(Enum):
    """ERROR_CODE and ERROR_MESSAGE of the file connector."""

    CONNECTION_ERROR = ("700101", "FILE:CONNECTION_ERROR")
    ILLEGAL_PATH = ("700102", "FILE:ILLEGAL_PATH")
    FILE_ALREADY_EXISTS = ("700103", "FILE:FILE_ALREADY_EXISTS")
    RETRY_EXHAUSTED = ("700104", "FILE:RETRY_EXHAUSTED")
    ACCESS_DENIED = ("700105", "FILE:ACCESS_DENIED")
    FILE_LOCKING_ERROR = ("700106", "FILE:FILE_LOCKING_ERROR")
    INVALID_CONFIGURATION = ("700107", "FILE:INVALID_CONFIGURATION")
    OPERATION_ERROR = ("700108", "FILE:OPERATION_ERROR")

    @property
    def code(self) -> str:
        """ERROR_CODE, a string as in the reference connector."""
        return self.value[0]

    @property
    def text(self) -> str:
        """ERROR_MESSAGE."""
        return self.value[1]


class FileFault(MediationError):
    """A file operation that failed."""

    def __init__(self, kind: FileError, detail: str) -> None:
        self.kind = kind
        super().__init__(kind.text, code=kind.code, detail=detail)


def missing(path: str) -> FileFault:
    """The fault for a path where nothing is."""
    return FileFault(FileError.ILLEGAL_PATH, f"File or folder not found: {path}")


def invalid(reason: str) -> FileFault:
    """The fault for parameters that make no sense."""
    return FileFault(FileError.INVALID_CONFIGURATION, reason)


_KINDS = {
    errno.ENOENT: FileError.ILLEGAL_PATH,
    errno.ENOTDIR: FileError.ILLEGAL_PATH,
    errno.EISDIR: FileError.ILLEGAL_PATH,
    errno.ENAMETOOLONG: FileError.ILLEGAL_PATH,
    errno.ELOOP: FileError.ILLEGAL_PATH,
    errno.EACCES: FileError.ACCESS_DENIED,
    errno.EPERM: FileError.ACCESS_DENIED,
    errno.EROFS: FileError.ACCESS_DENIED,
}


def fault_of(error: OSError, otherwise: FileError) -> FileFault:
    """An operating system error as a fault; `otherwise` is its kind when the error says nothing special."""
    kind = _KINDS.get(error.errno or 0, otherwise)
    where = f": {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FileFault(kind, f"no space is left on the disk{where}; nothing was left half written")
    if error.errno == errno.ENOENT:
        return FileFault(kind, f"File or folder not found{where}")
    return FileFault(kind, f"{error.strerror or error}{where}")
