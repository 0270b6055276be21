"""What the old operations share: no connection, and `<result>` in the body."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from connectors.file.connection import FileConnection
from connectors.file.errors import FileError, FileFault
from connectors.file.operation import FileOperation
from engine.mediators.connector import Result, parameter
from engine.message.context import MessageContext
from engine.records import dataclass

_NO_CONNECTION = FileConnection()
_SCHEME = re.compile(r"(?!file:)[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def _remote(name: str) -> Any:
    return parameter(name, "for remote files only", default=None, ignored=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldOperation(FileOperation):
    """An operation on paths and `file:` URLs; relative ones are below the data folder."""

    element: ClassVar[str] = "result"

    set_timeout: str | None = _remote("setTimeout")
    set_passive_mode: str | None = _remote("setPassiveMode")
    set_so_timeout: str | None = _remote("setSoTimeout")
    set_strict_host_key_checking: str | None = _remote("setStrictHostKeyChecking")
    set_user_dir_is_root: str | None = _remote("setUserDirIsRoot")
    sftp_identities: str | None = _remote("sftpIdentities")
    sftp_identity_passphrase: str | None = _remote("sftpIdentityPassphrase")

    async def execute(self, message: MessageContext, connection: FileConnection | None) -> Result | None:
        """Do the work without a connection."""
        return await FileOperation.execute(self, message, connection or _NO_CONNECTION)


def local(path: str) -> str:
    """A path that is on this machine. Raises FileFault for the URL of a remote one."""
    if _SCHEME.match(path):
        raise FileFault(FileError.CONNECTION_ERROR, f"{path.partition(':')[0]} files are not supported here")
    return path
