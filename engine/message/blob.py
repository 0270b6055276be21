"""Bytes of any size: small ones in memory, large ones in an unlinked temporary file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence

from engine.errors import MediationError
from engine.message.body import Body

CHUNK = 1 << 20
_INLINE = 1 << 18  # a read or write up to here costs less than the hop to a thread
_PIECES = 512
"""Pieces that one system call may be given; Linux takes 1,024."""


def write_all(descriptor: int, *pieces: bytes) -> int:
    """Write all of the pieces and return how many bytes they have. Blocks."""
    size = 0
    for start in range(0, len(pieces), _PIECES):
        size += _write_some(descriptor, pieces[start : start + _PIECES])
    return size


def _write_some(descriptor: int, pieces: Sequence[bytes]) -> int:
    size = sum(map(len, pieces))
    written = os.writev(descriptor, pieces) if pieces else 0
    if written < size:
        rest = memoryview(b"".join(pieces))[written:]
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    return size


class Blob:
    """Immutable bytes that can be read again and again; the file behind a large one goes with the last reference."""

    __slots__ = ("_data", "_file", "size")

    def __init__(self, data: bytes = b"", *, file: SpillFile | None = None, size: int | None = None) -> None:
        self._data = data
        self._file = file
        self.size = len(data) if size is None else size

    @property
    def in_memory(self) -> bool:
        """Whether reading costs no file access."""
        return self._file is None

    def read(self, offset: int = 0, size: int | None = None) -> bytes:
        """The bytes (or a part) in one piece; of a large blob only for small parts, or where all is really needed."""
        if self._file is None:
            return (
                self._data
                if offset == 0 and size is None
                else self._data[offset : None if size is None else offset + size]
            )
        return self._file.read(offset, self.size - offset if size is None else size)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._file is None:
            if self._data:
                yield self._data
            return
        offset = 0
        while offset < self.size:
            chunk = await asyncio.to_thread(self._file.read, offset, min(CHUNK, self.size - offset))
            if not chunk:
                raise MediationError("a spilled payload is shorter than it was written")
            offset += len(chunk)
            yield chunk

    def part(self, start: int, end: int) -> Blob:
        """The bytes from `start` to before `end`, sharing the file."""
        if self._file is None:
            return Blob(self._data[start:end])
        return _Part(self._file, start, end - start)


class _Part(Blob):
    """A stretch of a spilled blob."""

    __slots__ = ("_start",)

    def __init__(self, file: SpillFile, start: int, size: int) -> None:
        self._data = b""
        self._file: SpillFile | None = file
        self._start = start
        self.size = size

    def read(self, offset: int = 0, size: int | None = None) -> bytes:
        assert self._file is not None
        return self._file.read(
            self._start + offset, self.size - offset if size is None else min(size, self.size - offset)
        )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert self._file is not None
        offset = 0
        while offset < self.size:
            chunk = await asyncio.to_thread(self._file.read, self._start + offset, min(CHUNK, self.size - offset))
            if not chunk:
                raise MediationError("a spilled payload is shorter than it was written")
            offset += len(chunk)
            yield chunk

    def part(self, start: int, end: int) -> Blob:
        assert self._file is not None
        return _Part(self._file, self._start + start, end - start)


class SpillFile:
    """An unlinked temporary file; closed, and its space given back, when nobody refers to it any more."""

    __slots__ = ("_fd",)

    def __init__(self, folder: str | None) -> None:
        import tempfile  # costs two milliseconds of every start, and few messages are spilled

        self._fd, name = tempfile.mkstemp(prefix="synflow-", dir=folder)
        os.unlink(name)

    def write(self, *pieces: bytes) -> None:
        """Append all of the pieces."""
        write_all(self._fd, *pieces)

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`."""
        return os.pread(self._fd, size, offset)

    def __del__(self) -> None:
        fd = getattr(self, "_fd", -1)
        if fd >= 0:
            self._fd = -1
            os.close(fd)


class Spool:
    """Takes bytes as they come and becomes a Blob; above `threshold` bytes they go to a file in `folder`."""

    __slots__ = ("_file", "_folder", "_parts", "_pending", "_size", "_threshold")

    def __init__(self, *, threshold: int = CHUNK, folder: str | None = None) -> None:
        self._threshold = threshold
        self._folder = folder
        self._parts: list[bytes] = []
        self._pending = 0
        self._size = 0
        self._file: SpillFile | None = None

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._size

    async def write(self, data: bytes) -> None:
        """Take the next bytes. Raises MediationError with a clear text when the disk is full."""
        self._parts.append(data)
        self._pending += len(data)
        self._size += len(data)
        if self._size > self._threshold and self._pending >= (_INLINE if self._file is not None else 0):
            await self._flush()

    async def finish(self) -> Blob:
        """The bytes taken so far as a Blob."""
        if self._file is None:
            return Blob(self._parts[0] if len(self._parts) == 1 else b"".join(self._parts))
        await self._flush()
        return Blob(file=self._file, size=self._size)

    async def _flush(self) -> None:
        parts, pending = self._parts, self._pending
        self._parts = []
        self._pending = 0
        if not pending:
            return
        try:
            if self._file is None:
                self._file = SpillFile(self._folder)
            if pending <= _INLINE:
                self._file.write(*parts)
            else:
                await asyncio.to_thread(self._file.write, *parts)
        except OSError as error:
            import tempfile

            where = self._folder or tempfile.gettempdir()
            raise MediationError(
                f"a large payload could not be spilled to {where}: {error.strerror or error}",
                detail=f"{self._size} bytes so far; free space there or set [payload] spill_folder to another disk",
            ) from error


async def collect(body: Body, *, threshold: int = CHUNK, folder: str | None = None, limit: int | None = None) -> Blob:
    """Read a body to its end. Raises MediationError when it is longer than `limit` bytes."""
    if body.complete is not None:
        if limit is not None and len(body.complete) > limit:
            raise _too_long(limit)
        return Blob(body.complete)
    spool = Spool(threshold=threshold, folder=folder)
    async for chunk in body:
        await spool.write(chunk)
        if limit is not None and spool.size > limit:
            await body.aclose()
            raise _too_long(limit)
    return await spool.finish()


def _too_long(limit: int) -> MediationError:
    return MediationError(
        f"the payload is longer than the limit of {limit} bytes", detail="raise [payload] max_bytes to accept it"
    )


class BlobBody:
    """A Blob seen as a body, for sending it."""

    __slots__ = ("_blob", "complete", "length")

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self.complete: bytes | None = blob.read() if blob.in_memory else None
        self.length: int | None = blob.size

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._blob.__aiter__()

    async def aclose(self) -> None:
        """Nothing to give up."""
