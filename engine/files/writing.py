"""Writing files so that under the target's name there is never half of one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import stat
from collections.abc import AsyncIterable, AsyncIterator
from types import TracebackType
from typing import Self

from engine.message.blob import write_all

_BATCH = 1 << 20


class NewFile:
    """A file being written beside its target, which takes the target's name when it is whole.

    Blocks: its methods belong in a worker thread. Used as a context manager, it removes what is half done.
    """

    __slots__ = ("_done", "descriptor", "path", "target", "written")

    def __init__(self, target: str, *, make_parents: bool = True) -> None:
        self.target = os.path.realpath(target)
        folder, name = os.path.split(self.target)
        if make_parents:
            os.makedirs(folder, exist_ok=True)
        if os.path.isdir(self.target):
            raise IsADirectoryError(21, "Is a directory", target)
        self.path = os.path.join(folder, f".{name[:200]}.{secrets.token_hex(6)}.tmp")
        self.descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        self.written = 0
        self._done = False

    def write(self, *pieces: bytes) -> None:
        """Append all of the pieces."""
        self.written += write_all(self.descriptor, *pieces)

    def replace(self) -> None:
        """Take the target's name, replacing what is there; its permissions are kept."""
        with contextlib.suppress(FileNotFoundError):
            os.fchmod(self.descriptor, stat.S_IMODE(os.stat(self.target).st_mode))
        os.rename(self.path, self.target)
        self._close()

    def create(self) -> None:
        """Take the target's name. Raises FileExistsError when there is such a file already."""
        try:
            os.link(self.path, self.target)
        except FileExistsError:
            raise
        except OSError:  # a file system without links: as good as it gets there
            if os.path.lexists(self.target):
                raise FileExistsError(17, "File exists", self.target) from None
            os.rename(self.path, self.target)
        else:
            os.unlink(self.path)
        self._close()

    def abandon(self) -> None:
        """Remove what was written; nothing happens when the file is in its place already."""
        if not self._done:
            self._close()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)

    def _close(self) -> None:
        self._done = True
        os.close(self.descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()


async def batches(chunks: bytes | AsyncIterable[bytes], size: int = _BATCH) -> AsyncIterator[list[bytes]]:
    """The same bytes in lists of pieces of about `size` together, so that each is worth a hop to a thread.

    Joining them would copy them once more, into memory that the system has to find first.
    """
    if isinstance(chunks, bytes):
        if chunks:
            yield [chunks]
        return
    parts: list[bytes] = []
    pending = 0
    async for chunk in chunks:
        parts.append(chunk)
        pending += len(chunk)
        if pending >= size:
            yield parts
            parts, pending = [], 0
    if pending:
        yield parts


async def replace_file(target: str, chunks: bytes | AsyncIterable[bytes], *, create: bool = False) -> int:
    """Write `target` whole (parents are made) and return the number of bytes.

    `create`: raises FileExistsError when it is there already. Whatever goes wrong, cancellation included, leaves no
    half file behind. Raises OSError.
    """
    if isinstance(chunks, bytes) and len(chunks) <= _BATCH:
        return await asyncio.to_thread(_replace_at_once, target, chunks, create)
    file = await asyncio.to_thread(_open_new, target, create)
    try:
        async for batch in batches(chunks):
            await asyncio.to_thread(file.write, *batch)
        await asyncio.to_thread(file.create if create else file.replace)
    finally:
        file.abandon()
    return file.written


def _open_new(target: str, create: bool) -> NewFile:
    if create and os.path.lexists(target):
        raise FileExistsError(17, "File exists", target)
    return NewFile(target)


def _replace_at_once(target: str, data: bytes, create: bool) -> int:
    with _open_new(target, create) as file:
        file.write(data)
        if create:
            file.create()
        else:
            file.replace()
        return file.written


async def append_to_file(target: str, chunks: bytes | AsyncIterable[bytes]) -> int:
    """Append to `target`, made (with its parents) when it is not there; returns the number of bytes appended.

    What could not be appended whole is taken back. The caller keeps other writers of this process away. Raises OSError.
    """
    if isinstance(chunks, bytes) and len(chunks) <= _BATCH:
        return await asyncio.to_thread(_append_at_once, target, chunks)
    descriptor, before = await asyncio.to_thread(_open_append, target)
    written = 0
    whole = False
    try:
        async for batch in batches(chunks):
            written += await asyncio.to_thread(write_all, descriptor, *batch)
        whole = True
    finally:
        if not whole:
            os.ftruncate(descriptor, before)
        os.close(descriptor)
    return written


def _open_append(target: str) -> tuple[int, int]:
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    return descriptor, os.fstat(descriptor).st_size


def _append_at_once(target: str, data: bytes) -> int:
    descriptor, before = _open_append(target)
    try:
        write_all(descriptor, data)
    except BaseException:
        os.ftruncate(descriptor, before)
        raise
    finally:
        os.close(descriptor)
    return len(data)
