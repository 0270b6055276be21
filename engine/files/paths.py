"""Where a path given by a flow leads, and whether it may lead there."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.errors import PathRefused


class WrittenPath(str):
    """A path that the flow's author wrote as a constant, as opposed to one that came out of a message."""

    __slots__ = ()


class Root:
    """The folder that paths of a flow are taken from and must stay in.

    `bounded`: every path is below `folder`, a leading slash included (the connection has a working folder). Otherwise
    relative paths are below `folder`, and an absolute path is taken as it is when the flow's author wrote it.
    `follow_links` and `allow_outside` (`..` and absolute paths of messages) lift the limits.
    """

    __slots__ = ("allow_outside", "bounded", "folder", "follow_links")

    def __init__(self, folder: str, *, bounded: bool, follow_links: bool = False, allow_outside: bool = False) -> None:
        self.folder = os.path.abspath(folder)
        self.bounded = bounded
        self.follow_links = follow_links
        self.allow_outside = allow_outside

    def path(self, text: str) -> str:
        """The absolute path that `text` means. Raises PathRefused when it leaves the root by `..` or by a link."""
        plain = plain_path(text)
        if "\0" in plain:
            raise PathRefused(f"the path {plain!r} holds a NUL character")
        if not self.bounded and plain.startswith("/"):
            return self._absolute(plain, written=isinstance(text, WrittenPath))
        joined = os.path.normpath(os.path.join(self.folder, plain.lstrip("/")))
        if self.allow_outside:
            return joined
        if not is_below(joined, self.folder):
            raise PathRefused(f"the path {plain!r} leaves {self.folder}")
        if not self.follow_links and not is_below(os.path.realpath(joined), os.path.realpath(self.folder)):
            raise PathRefused(f"the path {plain!r} leaves {self.folder} through a link")
        return joined

    def _absolute(self, plain: str, *, written: bool) -> str:
        normal = os.path.normpath("/" + plain.lstrip("/"))
        if self.allow_outside or written:
            return normal
        inside = is_below(normal, self.folder) and (
            self.follow_links or is_below(os.path.realpath(normal), os.path.realpath(self.folder))
        )
        if not inside:
            raise PathRefused(f"the path {plain!r} came out of the message and is not below {self.folder}")
        return normal


def root_for(settings: Any, working_folder: str | None = None) -> Root:
    """The root of paths: a connection's working folder, else the data folder of the settings."""
    files = settings.files
    data_folder = files.data_folder or os.getcwd()
    limits = {"follow_links": files.follow_links, "allow_outside": files.allow_outside}
    if working_folder:
        return Root(os.path.join(data_folder, plain_path(working_folder)), bounded=True, **limits)
    return Root(data_folder, bounded=False, **limits)


def plain_path(text: str) -> str:
    """A path out of a `file:` URL or a plain path."""
    if text[:5].lower() == "file:":
        parts = urlsplit(text)
        return unquote(parts.netloc + parts.path if parts.netloc not in ("", "localhost") else parts.path)
    return text


def is_below(path: str, folder: str) -> bool:
    """Whether a normal path is the folder or something in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
