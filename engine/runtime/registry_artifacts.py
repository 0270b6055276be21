"""Sequences, endpoints and templates that flows take from the registry (`key="conf:/x.xml"`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.artifacts.base import Artifact
from engine.build import Reference
from engine.diagnostics import Problem, Problems, Severity
from engine.errors import PathRefused
from engine.runtime.units import Unit, compile_unit
from engine.source.resources import Resource, Resources, is_resource_key

KINDS = frozenset({"sequence", "endpoint", "template"})
_LIMIT = 1 << 24


class RegistryArtifacts:
    """Compiles what references name, once for each state of a resource."""

    __slots__ = ("_compiled",)

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], tuple[object, Unit, Artifact | None]] = {}

    def load(self, references: Iterable[Reference], resources: Resources, problems: Problems) -> list[Artifact]:
        """The artifacts behind registry keys, and those that these name in turn, each under its key."""
        compiled: dict[tuple[str, str], tuple[object, Unit, Artifact | None]] = {}
        waiting = [each for each in references if wanted(each)]
        while waiting:
            reference = waiting.pop()
            key = (reference.kind, reference.key)
            if key in compiled:
                continue
            resource = found(resources, reference.key)
            if resource is None:
                continue
            known = self._compiled.get(key)
            if known is None or known[0] != (resource.name, resource.version):
                known = compile_resource(reference, resource)
            compiled[key] = known
            problems.extend(known[1].problems)
            waiting.extend(each for each in known[1].references if wanted(each))
        self._compiled = compiled
        return [artifact for _, _, artifact in compiled.values() if artifact is not None]


def wanted(reference: Reference) -> bool:
    """Whether a reference names an artifact in the registry."""
    return reference.kind in KINDS and is_resource_key(reference.key)


def found(resources: Resources, key: str) -> Resource | None:
    """The resource of a key; None also for a key that is refused, which the check of references reports."""
    try:
        return resources.find(key)
    except PathRefused:
        return None


def compile_resource(reference: Reference, resource: Resource) -> tuple[object, Unit, Artifact | None]:
    """A resource as the artifact that `reference` expects; a problem when it is another kind."""
    data = resource.read()
    unit = compile_unit(resource.name, data, max_file_bytes=_LIMIT, max_archive_bytes=_LIMIT)
    artifact = next((each for each in unit.artifacts if each.kind == reference.kind), None)
    if artifact is None and unit.complete:
        problem = Problem(
            "SYN042",
            Severity.ERROR,
            f"{reference.key} is named as a {reference.kind} but holds none",
            resource.name,
            1,
            1,
            hint=f"its root element must be <{reference.kind}>",
        )
        unit = replace(unit, problems=(*unit.problems, problem))
    return (
        (resource.name, resource.version),
        unit,
        replace(artifact, name=reference.key) if artifact is not None else None,
    )
