"""The registry as flows see it while they run: resources, their properties, and file.properties."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from engine.errors import MediationError, PathRefused
from engine.runtime.deployment import Deployment
from engine.source.properties_file import format_properties, parse_properties
from engine.source.resources import Resource, ResourceFolder, canonical, write_resource

TREES = ("config", "governance", "local")


class Registry:
    """Resources of the deployment in service. What flows write goes below `folder`, one subfolder for each tree."""

    __slots__ = ("_current", "_file_properties", "_folder", "_properties")

    def __init__(self, current: Callable[[], Deployment], folder: Path, properties_file: Path | None = None) -> None:
        self._current = current
        self._folder = folder
        self._file_properties = properties_file
        self._properties: tuple[object, dict[str, str]] = (None, {})

    def text(self, path: str) -> str | None:
        """The text of a resource (`conf:/x.txt`), or of one of its properties (`conf:/x.txt@name`); None when absent.

        Raises MediationError for a key that leads out of the registry.
        """
        key, at, name = path.partition("@")
        found = self._find(f"{key}.properties" if at else key)
        if found is None:
            return None
        try:
            text = found.read().decode("utf-8", "replace")
        except OSError:
            return None
        return parse_properties(text).get(name) if at else text

    def write(self, path: str, text: str) -> None:
        """Write a resource, or with `path@name` one of its properties. Raises MediationError when it cannot."""
        key, at, name = path.partition("@")
        if at:
            earlier = self.text(f"{key}.properties")
            text = format_properties({**parse_properties(earlier or ""), name: text})
            key = f"{key}.properties"
        try:
            place = canonical(key)
            found = self._find(key)
            target = self._folder / place if found is None or found.data is not None else Path(found.name)
            write_resource(target, text.encode())
        except PathRefused as error:
            raise MediationError(str(error)) from error
        except OSError as error:
            raise MediationError(
                f"the registry resource {key} cannot be written: {error.strerror or error}", detail=str(error)
            ) from error

    def file_property(self, name: str) -> str | None:
        """The value of a key of conf/file.properties; None when absent. An edited file is read again."""
        if self._file_properties is None:
            return None
        try:
            about = os.stat(self._file_properties)
            if self._properties[0] != (about.st_mtime_ns, about.st_size):
                text = self._file_properties.read_text("utf-8", "replace")
                self._properties = ((about.st_mtime_ns, about.st_size), parse_properties(text))
        except OSError:
            return None
        return self._properties[1].get(name)

    def _find(self, key: str) -> Resource | None:
        try:
            return self._current().resources.find(key)
        except PathRefused as error:
            raise MediationError(str(error)) from error


def written_folders(folder: Path) -> tuple[ResourceFolder, ...]:
    """Where resources that flows wrote are found again."""
    return tuple(ResourceFolder(tree, str(folder / tree)) for tree in TREES)
