"""Checks that look at several artifacts together: parameters of templates, names used twice, sequences in circles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.artifacts.base import Artifact, problem_at
from engine.build import Reference
from engine.diagnostics import Problem, Severity
from engine.mediators.flow import SequenceTemplate
from engine.registry import nearest

SHARED = ("sequence", "endpoint", "localEntry", "template")
"""Kinds whose names the reference engine keeps in one table."""


def check_together(artifacts: Iterable[Artifact], references: Iterable[Reference]) -> Iterator[Problem]:
    """Everything that can be told only when all artifacts are known."""
    listed, named = list(artifacts), list(references)
    templates = {each.name: each.item for each in listed if isinstance(each.item, SequenceTemplate)}
    yield from _given_parameters(named, templates)
    yield from _shared_names(listed)
    yield from _circles(named)


def _given_parameters(references: Iterable[Reference], templates: Mapping[str, SequenceTemplate]) -> Iterator[Problem]:
    """Parameters that a call gives and its template does not have, and mandatory ones that it does not give."""
    for each in references:
        template = templates.get(each.key) if each.kind == "template" else None
        if template is None:
            continue
        declared = [parameter.name for parameter in template.parameters]
        given = {one.name for one in each.given}
        for one in each.given:
            if one.name not in declared:
                near = nearest(one.name, declared)
                yield problem_at(
                    one.spot.place,
                    "SYN016",
                    Severity.WARNING,
                    f"the template {each.key!r} has no parameter {one.name!r}, so its value goes nowhere",
                    each.artifact,
                    f"did you mean {near!r}?" if near else "it has: " + (", ".join(declared) or "none"),
                )
        for parameter in template.parameters:
            if parameter.mandatory and parameter.name not in given:
                yield problem_at(
                    each.place,
                    "SYN016",
                    Severity.WARNING,
                    f"the template {each.key!r} needs the parameter "
                    f"{parameter.name!r}; each call faults with ERROR_CODE 500101",
                    each.artifact,
                    f'add <with-param name="{parameter.name}" value="..."/>',
                )


def _shared_names(artifacts: Iterable[Artifact]) -> Iterator[Problem]:
    """Artifacts of several kinds with one name: the reference engine replaces one by the other."""
    by_name: dict[str, list[Artifact]] = {}
    for each in artifacts:
        if each.kind in SHARED:
            by_name.setdefault(each.name, []).append(each)
    for name, several in by_name.items():
        if (
            len({each.kind for each in several}) < 2
            or len({(each.place.file, each.place.line) for each in several}) < 2
        ):
            continue
        for each in several:
            other = next(one for one in several if one.kind != each.kind)
            yield problem_at(
                each.place,
                "SYN057",
                Severity.WARNING,
                f"the {each.kind} {name!r} has the name of the {other.kind} at "
                f"{other.place}; both serve here, but in the reference engine one replaces the other",
                f"{each.kind} {name}",
                "rename one of them",
            )


def _circles(references: Iterable[Reference]) -> Iterator[Problem]:
    """Calls of sequences that lead back to where they stand."""
    calls = [
        each
        for each in references
        if each.kind == "sequence" and each.owner == "sequence" and each.artifact.startswith("sequence ")
    ]
    graph: dict[str, set[str]] = {}
    for each in calls:
        graph.setdefault(each.artifact.removeprefix("sequence "), set()).add(each.key)
    for each in calls:
        start = each.artifact.removeprefix("sequence ")
        if _leads_to(graph, each.key, start):
            yield problem_at(
                each.place,
                "SYN096",
                Severity.WARNING,
                f"this call leads back to the sequence {start!r}: unless a condition ends it, a message never gets out",
                each.artifact,
                "call another sequence",
            )


def _leads_to(graph: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(graph.get(name, ()))
    return False
