"""What a PATH of the command line is, and which of its files are artifacts.

A PATH is a folder of XML in any arrangement, an MI server home, an MI project (`src/main/wso2mi`), a carbon application
(.car) or a single file. Hidden, back-up and temporary files of editors are passed over.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path

from engine.records import dataclass
from engine.source.resources import ResourceFolder

ARTIFACT_SUFFIXES = (".xml", ".dbs")
ARCHIVE_SUFFIX = ".car"
SERVER_ARTIFACTS = (
    "repository/deployment/server/synapse-configs/default",
    "repository/deployment/server/carbonapps",
    "repository/deployment/server/dataservices",
)
PROJECT_MARK = "src/main/wso2mi"

_NOT_ARTIFACTS = frozenset({"pom.xml", "artifact.xml", "artifacts.xml", "registry-info.xml", "descriptor.xml"})
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})

Signature = tuple[int, int, int, int]
"""Modification time (ns), size, inode and device: while these stay, the content is taken to be the same."""


class PathKind(Enum):
    """What a PATH of the command line is."""

    FOLDER = "folder"
    SERVER = "MI server home"
    PROJECT = "MI project"
    ARCHIVE = "carbon application"
    FILE = "file"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One artifact file: `file` is its name in problems (PATH as given, joined with the path below it)."""

    file: str
    path: str
    signature: Signature

    @property
    def is_archive(self) -> bool:
        """Whether it is a carbon application."""
        return self.file.endswith(ARCHIVE_SUFFIX)


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found below some PATHs. `linked`: folders that are links, whose changes nobody is notified of."""

    files: tuple[FoundFile, ...]
    resource_folders: tuple[ResourceFolder, ...]
    linked: bool
    missing: tuple[str, ...]


def kind_of(path: Path) -> PathKind:
    """What this PATH is."""
    if path.is_dir():
        if any((path / folder).is_dir() for folder in SERVER_ARTIFACTS):
            return PathKind.SERVER
        return PathKind.PROJECT if (path / PROJECT_MARK).is_dir() else PathKind.FOLDER
    if path.is_file():
        return PathKind.ARCHIVE if path.name.endswith(ARCHIVE_SUFFIX) else PathKind.FILE
    return PathKind.MISSING


def conf_folder(path: Path) -> Path | None:
    """Where an MI server home or project keeps its `deployment.toml`; None for other PATHs."""
    kind = kind_of(path)
    folder = {PathKind.SERVER: path / "conf", PathKind.PROJECT: path / "deployment"}.get(kind)
    return folder if folder is not None and folder.is_dir() else None


def scan(paths: Sequence[str]) -> Scan:
    """Find the artifact files below `paths`, in a fixed order; cheap enough to be done again for every change."""
    walk = _Walk()
    for path in paths:
        walk.add(path)
    return Scan(tuple(walk.files), tuple(walk.resource_folders), walk.linked, tuple(walk.missing))


def is_artifact_name(name: str) -> bool:
    """Whether a file of this name is looked at: `.xml`, `.dbs` or `.car`, and none that an editor left behind."""
    return name.endswith((*ARTIFACT_SUFFIXES, ARCHIVE_SUFFIX)) and name[0] not in ".#~" and name not in _NOT_ARTIFACTS


class _Walk:
    """Gathers files; folders that are links are followed once each."""

    def __init__(self) -> None:
        self.files: list[FoundFile] = []
        self.resource_folders: list[ResourceFolder] = []
        self.missing: list[str] = []
        self.linked = False
        self._seen: set[tuple[int, int]] = set()
        self._named: set[str] = set()

    def add(self, label: str) -> None:
        """Take one PATH."""
        kind = kind_of(Path(label))
        self.linked = self.linked or os.path.islink(label)
        if kind is PathKind.MISSING:
            self.missing.append(label)
        elif kind in (PathKind.FILE, PathKind.ARCHIVE):
            self._file(label, label)
        else:
            self._folder(label)

    def _folder(self, folder: str) -> None:
        """Take a folder by what it is."""
        if any(os.path.isdir(os.path.join(folder, part)) for part in SERVER_ARTIFACTS):
            for part in SERVER_ARTIFACTS:
                self._plain(os.path.join(folder, part))
            self._resources(os.path.join(folder, "registry"))
        elif os.path.isdir(os.path.join(folder, PROJECT_MARK)):
            base = os.path.join(folder, PROJECT_MARK)
            self._plain(os.path.join(base, "artifacts"))
            self.resource_folders.append(ResourceFolder("governance/mi-resources", os.path.join(base, "resources")))
            self._resources(os.path.join(base, "resources", "registry"))
        else:
            self._plain(folder)

    def _plain(self, folder: str) -> None:
        """Take the artifacts directly in a folder, then its subfolders, each by what it is."""
        try:
            about = os.stat(folder)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        if (about.st_dev, about.st_ino) in self._seen:
            return
        self._seen.add((about.st_dev, about.st_ino))
        names = {entry.name for entry in entries}
        folders = []
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                continue
            if entry.is_dir():
                folders.append(name)
                self.linked = self.linked or entry.is_symlink()
            elif is_artifact_name(name):
                self._file(os.path.join(folder, name), entry.path)
        for name in folders:
            if name == "resources":
                self.resource_folders.append(ResourceFolder("governance/mi-resources", os.path.join(folder, name)))
            elif name == "registry" and any(_registry_folders(os.path.join(folder, name))):
                self._resources(os.path.join(folder, name))
            elif name not in _SKIPPED_FOLDERS and not (name == "target" and "pom.xml" in names):
                self._folder(os.path.join(folder, name))

    def _file(self, file: str, path: str) -> None:
        try:
            about = os.stat(path)
        except OSError:
            return
        if stat.S_ISREG(about.st_mode) and file not in self._named:
            self._named.add(file)
            self.files.append(FoundFile(file, path, signature_of(about)))

    def _resources(self, registry: str) -> None:
        self.resource_folders.extend(_registry_folders(registry))


def _registry_folders(registry: str) -> Iterator[ResourceFolder]:
    for tree, names in (("config", ("config", "conf")), ("governance", ("governance", "gov")), ("local", ("local",))):
        for name in names:
            folder = os.path.join(registry, name)
            if os.path.isdir(folder):
                yield ResourceFolder(tree, folder)


def signature_of(about: os.stat_result) -> Signature:
    """What tells one state of a file from the next."""
    return about.st_mtime_ns, about.st_size, about.st_ino, about.st_dev
