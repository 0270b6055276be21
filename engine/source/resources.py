"""Registry resources by key: `conf:/a`, `gov:/a`, `local:/a`, `resources:a`, or no prefix for governance."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.errors import PathRefused
from engine.records import dataclass

_TREES = {"conf": "config", "gov": "governance", "local": "local", "resources": "governance/mi-resources"}
_SYSTEM = "/_system/"


@dataclass(frozen=True, slots=True)
class ResourceFolder:
    """A folder that holds one tree of the registry (config, governance, local) or a part of it."""

    tree: str
    folder: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. `version` changes when its content does; `name` is for messages."""

    name: str
    version: object
    data: bytes | None = None

    def read(self) -> bytes:
        """The content as it is now. Raises OSError when its file has gone."""
        if self.data is not None:
            return self.data
        with open(self.name, "rb") as file:
            return file.read()


def is_resource_key(key: str) -> bool:
    """Whether a key names a registry resource rather than an artifact."""
    return key.partition(":")[0] in _TREES and ":" in key


def canonical(key: str) -> str:
    """The place of a key in the registry: `conf:/a/b` is `config/a/b`.

    Raises PathRefused for a key that leads out of the registry.
    """
    prefix, colon, rest = key.partition(":")
    if colon and prefix in _TREES:
        tree = _TREES[prefix]
    else:
        tree, rest = "governance", key
    if rest.startswith(_SYSTEM):
        tree, _, rest = rest[len(_SYSTEM) :].partition("/")
    path = posixpath.normpath(posixpath.join(tree, rest.lstrip("/")))
    if tree not in _TREES.values() or (path != tree and not path.startswith(tree + "/")):
        raise PathRefused(f"The registry key  '{key}' is illegal which points to a location outside the registry")
    return path


class Resources:
    """All resources of a deployment. Files are looked at when asked for, so an edited one acts without a reload."""

    __slots__ = ("_folders", "_packed")

    def __init__(self, folders: Sequence[ResourceFolder] = (), packed: Mapping[str, bytes] | None = None) -> None:
        self._folders = tuple(folders)
        self._packed = dict(packed or {})

    def find(self, key: str) -> Resource | None:
        """The resource of this key; None when there is none.

        Raises PathRefused for a key that leads out of the registry, also through a link.
        """
        place = canonical(key)
        data = self._packed.get(place)
        if data is not None:
            return Resource(place, id(data), data)
        for each in self._folders:
            if not place.startswith(each.tree + "/"):
                continue
            path = os.path.join(each.folder, *place[len(each.tree) + 1 :].split("/"))
            try:
                about = os.stat(path)
            except OSError:
                continue
            if not os.path.realpath(path).startswith(os.path.realpath(each.folder) + os.sep):
                raise PathRefused(
                    f"The registry key  '{key}' is illegal which points to a location outside the registry"
                )
            return Resource(path, (about.st_mtime_ns, about.st_size, about.st_ino))
        return None


def write_resource(path: Path, data: bytes) -> None:
    """Write a resource so that readers see the old content or the new one, never a part. Raises OSError."""
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


NO_RESOURCES = Resources()
