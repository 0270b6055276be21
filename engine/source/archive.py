"""Carbon applications (.car): a zip of artifacts that is deployed whole or not at all.

Nothing is unpacked to disk, and no more than a set number of bytes is ever unpacked.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from dataclasses import field
from io import BytesIO

from lxml import etree

from engine.diagnostics import Problem, Problems, Severity
from engine.errors import PathRefused
from engine.records import dataclass
from engine.source.document import Element, local_name, parse_document
from engine.source.resources import canonical

MEMBERS = 10_000
ROLES = frozenset({"EnterpriseIntegrator", "EnterpriseServiceBus", "DataServicesServer"})

_DOCUMENTS = ("synapse/", "service/dataservice")
_UNUSED = {
    "synapse/lib": "connector packages; those that come with synflow are used instead",
    "lib/synapse/mediator": "Java class mediators",
    "lib/connector/dependency": "Java libraries",
    "datasource/datasource": "data sources",
    "config/property": "property files",
}
_QUIET = frozenset({"service/meta", "lib/connector/dependency", "synapse/lib"})


@dataclass(slots=True)
class Archive:
    """The content of one carbon application: documents by their name in problems, registry resources by place."""

    file: str
    name: str = ""
    version: str = ""
    documents: list[tuple[str, bytes]] = field(default_factory=list)
    resources: dict[str, bytes] = field(default_factory=dict)


class _Refused(Exception):
    """The archive cannot be used; the text says why."""


class _Reader:
    """Reads members, counting what is unpacked."""

    def __init__(self, archive: zipfile.ZipFile, limit: int) -> None:
        self.zip = archive
        self._left = limit
        self.members = {self._checked(info): info for info in archive.infolist() if not info.is_dir()}

    @staticmethod
    def _checked(info: zipfile.ZipInfo) -> str:
        name = info.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/"):
            raise _Refused(f"the member {info.filename!r} leads out of the archive")
        return posixpath.normpath(name)

    def read(self, name: str) -> bytes:
        """One member. Raises _Refused when it is encrypted, broken, or more than may be unpacked."""
        info = self.members[name]
        try:
            with self.zip.open(info) as member:
                data = member.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
            raise _Refused(f"{name} cannot be unpacked: {error}") from error
        self._left -= len(data)
        if self._left < 0:
            raise _Refused("it unpacks to more than [deployment] max_archive_bytes allows")
        return data

    def tree(self, name: str) -> Element:
        """A member as XML. Raises _Refused when it is none."""
        parsed = parse_document(name, self.read(name))
        if isinstance(parsed, Problem):
            raise _Refused(f"{name}:{parsed.line}: {parsed.message}")
        return parsed.root


def read_archive(file: str, data: bytes, problems: Problems, *, limit: int = 1 << 28) -> Archive | None:
    """The content of a .car; None and located problems when it cannot be used."""
    archive = Archive(file)
    try:
        with zipfile.ZipFile(BytesIO(data)) as opened:
            if len(opened.infolist()) > MEMBERS:
                raise _Refused(f"it has more than {MEMBERS} members")
            reader = _Reader(opened, limit)
            if "artifacts.xml" not in reader.members:
                raise _Refused(f"artifacts.xml file not found at : {file}")
            _read(archive, reader, problems)
    except (zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        problems.add(_problem(file, f"this is no carbon application: {error}", "a .car is a zip file"))
        return None
    except (_Refused, PathRefused) as error:
        problems.add(
            _problem(
                file, f"the carbon application cannot be used: {error}", "build it again; nothing of it is deployed"
            )
        )
        return None
    return archive


def member_of(path: str, name: str, *, limit: int = 1 << 24) -> bytes:
    """One member of the archive at `path`, for showing a line of it. Raises OSError or ValueError when it has gone."""
    try:
        with zipfile.ZipFile(path) as opened, opened.open(name) as member:
            return member.read(limit)
    except (KeyError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise ValueError(f"{path} has no readable {name}") from error


def _read(archive: Archive, reader: _Reader, problems: Problems) -> None:
    root = reader.tree("artifacts.xml")
    application = next((each for each in root.iter(etree.Element) if local_name(each) == "artifact"), None)
    if application is None:
        raise _Refused("artifacts.xml names no application")
    archive.name, archive.version = application.get("name", ""), application.get("version", "")
    present = _artifact_files(reader)
    missing = []
    for dependency in application:
        if local_name(dependency) != "dependency":
            continue
        key = (dependency.get("artifact", ""), dependency.get("version", ""))
        if dependency.get("serverRole", "EnterpriseIntegrator") not in ROLES:
            continue
        found = present.get(key)
        if found is None:
            missing.append("_".join(key))
        else:
            _take(archive, reader, *found, problems)
    if missing:
        raise _Refused(f"Some dependencies were not satisfied in cApp:{archive.name}: missing {', '.join(missing)}")


def _artifact_files(reader: _Reader) -> dict[tuple[str, str], tuple[str, Element]]:
    """The `artifact.xml` of every folder, by name and version."""
    result = {}
    for name in sorted(reader.members):
        if posixpath.basename(name) == "artifact.xml" and name.count("/") == 1:
            element = reader.tree(name)
            result[element.get("name", ""), element.get("version", "")] = (posixpath.dirname(name), element)
    return result


def _take(archive: Archive, reader: _Reader, folder: str, element: Element, problems: Problems) -> None:
    kind = element.get("type", "")
    files = [(child.text or "").strip() for child in element if local_name(child) == "file"]
    if kind == "registry/resource":
        _take_resources(archive, reader, folder)
        return
    if kind in _UNUSED or not kind.startswith(_DOCUMENTS):
        if kind not in _QUIET:
            problems.add(
                Problem(
                    "SYN054",
                    Severity.WARNING,
                    f"{folder} is of type {kind!r}, which is not used here: "
                    f"{_UNUSED.get(kind, 'nothing here stands for it')}",
                    archive.file,
                )
            )
        return
    for file in files:
        name = posixpath.normpath(f"{folder}/{file}")
        if name not in reader.members:
            raise _Refused(f"{folder}/artifact.xml names the file {file!r}, which is not there")
        archive.documents.append((f"{archive.file}!/{name}", reader.read(name)))


def _take_resources(archive: Archive, reader: _Reader, folder: str) -> None:
    """Take what `registry-info.xml` lists: single files, and folders (collections) with all below them."""
    info = f"{folder}/registry-info.xml"
    if info not in reader.members:
        raise _Refused(f"{info} is not there")
    for item in reader.tree(info):
        fields = {local_name(child): (child.text or "").strip() for child in item}
        target = fields.get("path", "")
        if local_name(item) == "item" and fields.get("file"):
            source = posixpath.normpath(f"{folder}/resources/{fields['file']}")
            if source not in reader.members:
                raise _Refused(f"{info} names the file {fields['file']!r}, which is not there")
            archive.resources[canonical(f"{target}/{posixpath.basename(source)}")] = reader.read(source)
        elif local_name(item) == "collection":
            below = posixpath.normpath(f"{folder}/resources/{fields.get('directory', '')}") + "/"
            for name in sorted(reader.members):
                if name.startswith(below):
                    archive.resources[canonical(f"{target}/{name[len(below) :]}")] = reader.read(name)


def _problem(file: str, message: str, hint: str) -> Problem:
    return Problem("SYN052", Severity.ERROR, message, file, 1, 1, "", hint)
