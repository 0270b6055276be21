"""Keeping two operations off the same file: within this process, or between processes by a `.lock` file."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakValueDictionary

from connectors.file.errors import FileError, FileFault

WAIT = 30.0
"""Seconds a locked file is waited for."""

_POLL = 0.05
_STATE = "connectors.file.locks"


@contextlib.asynccontextmanager
async def locked(
    state: dict[Any, Any], path: str, *, scheme: str | None = None, wait: float = WAIT
) -> AsyncIterator[None]:
    """Hold `path` against other operations of this process, and with scheme Cluster against other processes too.

    Raises FileFault (700106) when it does not become free in time.
    """
    locks: WeakValueDictionary[str, asyncio.Lock] = state.setdefault(_STATE, WeakValueDictionary())
    real = os.path.realpath(path)
    lock = locks.get(real)
    if lock is None:
        lock = locks[real] = asyncio.Lock()
    try:
        async with asyncio.timeout(wait):
            await lock.acquire()
    except TimeoutError as error:
        raise _busy(path, wait) from error
    try:
        if scheme != "Cluster":
            yield
            return
        lock_file = real + ".lock"
        await _acquire_file(lock_file, path, wait)
        try:
            yield
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(lock_file)
    finally:
        lock.release()


async def _acquire_file(lock_file: str, path: str, wait: float) -> None:
    deadline = asyncio.get_running_loop().time() + wait
    while True:
        try:
            descriptor = os.open(lock_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o644)
        except FileExistsError as error:
            if asyncio.get_running_loop().time() >= deadline:
                raise _busy(path, wait) from error
            await asyncio.sleep(_POLL)
        else:
            os.write(descriptor, f"{os.uname().nodename} {os.getpid()}\n".encode())
            os.close(descriptor)
            return


def _busy(path: str, wait: float) -> FileFault:
    return FileFault(FileError.FILE_LOCKING_ERROR, f"{path} is locked and did not become free within {wait:g} seconds")
