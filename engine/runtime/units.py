"""Compiling one file, or one carbon application, into what it deploys: done again only when its content changed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import field

from engine.artifacts.base import KINDS, Artifact, describe, read_artifacts
from engine.build import Reference
from engine.diagnostics import Problem, Problems, Severity
from engine.records import dataclass
from engine.registry import nearest
from engine.source.document import SYNAPSE, Document, local_name, namespace, parse_document

log = logging.getLogger("synflow.deployment")

OTHER_ROOTS = frozenset({"unit-test", "mock-service", "artifacts", "artifact", "project"})
"""Root elements without a namespace that belong to other tools: such files are passed over."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What one file deploys. `complete`: nothing of it is wrong; `whole`: it is deployed whole or not at all."""

    file: str
    artifacts: tuple[Artifact, ...] = ()
    references: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()
    resources: Mapping[str, bytes] = field(default_factory=dict)
    documents: int = 0
    application: str = ""
    definitions: bool = False
    well_formed: bool = True

    @property
    def complete(self) -> bool:
        """Whether nothing keeps any of its artifacts from being deployed."""
        return not self.problems or not any(problem.severity is Severity.ERROR for problem in self.problems)

    @property
    def whole(self) -> bool:
        """Whether it is a carbon application."""
        return self.file.endswith(".car")


def compile_unit(file: str, data: bytes, *, max_file_bytes: int, max_archive_bytes: int) -> Unit:
    """Compile the content of one file; what is wrong is in the unit's problems."""
    problems = Problems()
    if file.endswith(".car"):
        return _compile_archive(file, data, problems, max_archive_bytes)
    if len(data) > max_file_bytes:
        problems.add(
            Problem(
                "SYN051",
                Severity.ERROR,
                f"the file has {len(data)} bytes, more than an artifact may have",
                file,
                1,
                1,
                hint="raise [deployment] max_file_bytes to take it",
            )
        )
        return Unit(file, problems=tuple(problems), documents=1)
    artifacts: list[Artifact] = []
    references: list[Reference] = []
    document = _compile_document(file, data, problems, artifacts, references)
    return Unit(
        file,
        tuple(artifacts),
        tuple(references),
        tuple(problems),
        documents=1,
        definitions=document is not None and local_name(document.root) == "definitions",
        well_formed=document is not None,
    )


def unreadable(file: str, reason: str) -> Unit:
    """The unit of a file that cannot be read."""
    problem = Problem(
        "SYN050", Severity.ERROR, f"the file cannot be read: {reason}", file, 1, 1, hint="check its permissions"
    )
    return Unit(file, problems=(problem,), documents=1)


def _compile_archive(file: str, data: bytes, problems: Problems, limit: int) -> Unit:
    from engine.source.archive import read_archive

    archive = read_archive(file, data, problems, limit=limit)
    if archive is None:
        return Unit(file, problems=tuple(problems), documents=1, well_formed=False)
    artifacts: list[Artifact] = []
    references: list[Reference] = []
    for name, content in archive.documents:
        _compile_document(name, content, problems, artifacts, references)
    return Unit(
        file,
        tuple(artifacts),
        tuple(references),
        tuple(problems),
        archive.resources,
        len(archive.documents),
        f"{archive.name}_{archive.version}",
    )


def _compile_document(
    file: str, data: bytes, problems: Problems, artifacts: list[Artifact], references: list[Reference]
) -> Document | None:
    """Compile one document into the lists; None when it is not well-formed."""
    parsed = parse_document(file, data)
    if isinstance(parsed, Problem):
        problems.add(_empty(file) if not data.strip() else parsed)
        return None
    problems.extend(parsed.notes)
    if _is_foreign(parsed):
        problems.add(
            Problem(
                "SYN055",
                Severity.INFO,
                f"<{local_name(parsed.root)}> belongs to another tool; the file is passed over",
                file,
                1,
                1,
            )
        )
        return parsed
    try:
        found, build = read_artifacts(parsed, problems)
    except Exception as error:
        log.exception("compiling %s failed unexpectedly", file)
        problems.add(
            Problem(
                "SYN099",
                Severity.ERROR,
                f"the file cannot be compiled: {type(error).__name__}: {error}",
                file,
                1,
                1,
                describe(parsed),
                "this is a defect of synflow, please report it",
            )
        )
        return parsed
    artifacts.extend(found)
    references.extend(build.references)
    return parsed


def _is_foreign(document: Document) -> bool:
    """Whether a file belongs to another tool: neither its root nor its namespace looks like one of Synapse's."""
    root, where = document.root, namespace(document.root)
    name = local_name(root)
    if not where:
        return name in OTHER_ROOTS
    return where != SYNAPSE and (
        name in _FOREIGN.get(where, ()) or not (nearest(name, KINDS) or nearest(where.lower(), (SYNAPSE,)))
    )


_FOREIGN: Mapping[str, tuple[str, ...]] = {
    "http://maven.apache.org/POM/4.0.0": ("project",),
    "http://www.w3.org/1999/XSL/Transform": ("stylesheet", "transform"),
    "http://www.w3.org/2001/XMLSchema": ("schema",),
    "http://schemas.xmlsoap.org/wsdl/": ("definitions",),
    "http://www.w3.org/ns/wsdl": ("description",),
    "http://schemas.xmlsoap.org/ws/2004/09/policy": ("Policy",),
}


def _empty(file: str) -> Problem:
    return Problem(
        "SYN001", Severity.ERROR, "the file is empty", file, 1, 1, hint="write an artifact into it or remove it"
    )
