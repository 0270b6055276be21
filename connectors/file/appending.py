"""Gluing text to the end of a line of a file."""

from __future__ import annotations

import os
from collections.abc import Iterator

from engine.files.writing import NewFile
from engine.message.blob import CHUNK, Blob, write_all

_WINDOW = 1 << 20


def append_text(path: str, data: bytes | Blob, end: bytes, position: int | None) -> int:
    """Glue `data` to the end of line `position` (None or past the end: the last one), and return the file's size.

    The line's end is kept, or `end` is put where the text becomes the last of the file. A missing file is made. Blocks.
    """
    if position is None or not os.path.exists(path) or position >= _lines(path, position):
        return _glue_to_end(path, data, end)
    return _glue_to_line(path, data, end, position)


def _pieces(data: bytes | Blob) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    for offset in range(0, data.size, CHUNK):
        yield data.read(offset, min(CHUNK, data.size - offset))


def _lines(path: str, enough: int) -> int:
    """How many lines the file has; counting stops behind `enough`."""
    count = 0
    last = b"\n"
    with open(path, "rb") as source:
        while chunk := source.read(_WINDOW):
            count += chunk.count(b"\n")
            last = chunk[-1:]
            if count > enough:
                break
    return count if last == b"\n" else count + 1


def _glue_to_end(path: str, data: bytes | Blob, end: bytes) -> int:
    """In place: only the end of the file is written. What could not be written whole is taken back."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, 2, max(size - 2, 0))
        cut = 2 if tail == b"\r\n" else 1 if tail.endswith(b"\n") else 0
        removed = tail[len(tail) - cut :]
        try:
            os.lseek(descriptor, size - cut, os.SEEK_SET)
            for piece in _pieces(data):
                write_all(descriptor, piece)
            write_all(descriptor, end)
        except OSError:
            os.ftruncate(descriptor, size - cut)
            os.lseek(descriptor, size - cut, os.SEEK_SET)
            write_all(descriptor, removed)
            raise
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def _glue_to_line(path: str, data: bytes | Blob, end: bytes, position: int) -> int:
    """Through a new file that takes the old one's place."""
    with open(path, "rb") as source, NewFile(path) as target:
        line = 1
        while chunk := source.read(_WINDOW):
            if 0 < position - line + 1 <= chunk.count(b"\n"):
                index = -1
                for _ in range(position - line + 1):
                    index = chunk.index(b"\n", index + 1)
                text_end = index - 1 if chunk[index - 1 : index] == b"\r" else index
                target.write(chunk[:text_end])
                for piece in _pieces(data):
                    target.write(piece)
                chunk = chunk[text_end:]
                line = position + 1
                position = 0
            else:
                line += chunk.count(b"\n")
            target.write(chunk)
        with open(target.path, "rb") as check:
            check.seek(-1, os.SEEK_END)
            closed = check.read(1) == b"\n"
        if not closed:
            target.write(b"\n")
        if end == b"\n\n":
            target.write(b"\n")
        target.replace()
        return target.written
