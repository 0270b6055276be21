"""Checks across files: names that nothing answers to, and names given twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from engine.artifacts.base import Artifact
from engine.build import Reference
from engine.diagnostics import Problem, Severity
from engine.errors import PathRefused
from engine.registry import nearest
from engine.source.resources import Resources, is_resource_key

BUILT_IN = {"sequence": frozenset({"main", "fault"})}
"""Artifacts that are always there."""

NOUNS = {
    "localEntry": "local entry",
    "messageStore": "message store",
    "messageProcessor": "message processor",
    "inboundEndpoint": "inbound endpoint",
    "endpointTemplate": "endpoint template",
    "api": "API",
    "proxy": "proxy service",
}

_CONSEQUENCES = {
    "sequence": "a message that gets here faults",
    "endpoint": "a message that gets here faults",
    "template": "a message that gets here faults",
    "endpointTemplate": "a message that gets here faults",
    "localEntry": "what needs it fails on each message",
    "messageStore": "messages cannot be stored",
}

Names = Mapping[str, frozenset[str]]


def noun(kind: str) -> str:
    """How users call a kind of artifact."""
    return NOUNS.get(kind, kind)


def names_of(artifacts: Iterable[Artifact]) -> Names:
    """The names that exist, by kind."""
    names: dict[str, set[str]] = {kind: set(fixed) for kind, fixed in BUILT_IN.items()}
    for each in artifacts:
        names.setdefault(each.kind, set()).add(each.name)
    return {kind: frozenset(each) for kind, each in names.items()}


@lru_cache(maxsize=4096)
def _meant(key: str, known: frozenset[str]) -> str | None:
    """The name that a key was probably meant to be; every load asks again for each reference that leads nowhere."""
    return nearest(key, known)


def missing_references(references: Iterable[Reference], names: Names, resources: Resources) -> Iterator[Problem]:
    """A warning for each reference that nothing answers to, with the name that was probably meant."""
    for each in references:
        problem = _missing(each, names, resources)
        if problem is not None:
            yield problem


def _missing(reference: Reference, names: Names, resources: Resources) -> Problem | None:
    known = names.get(reference.kind, frozenset())
    if reference.key in known:
        return None
    try:
        if is_resource_key(reference.key):
            if resources.find(reference.key) is not None:
                return None
            return _problem(
                reference,
                f"there is no registry resource {reference.key!r}",
                "conf:, gov:, local: and resources: keys are files below registry/ and resources/",
            )
        if reference.kind == "localEntry" and resources.find(reference.key) is not None:
            return None
    except PathRefused as error:
        return _problem(reference, str(error), "stay inside the registry")
    what = noun(reference.kind)
    near = _meant(reference.key, known)
    return _problem(
        reference,
        f"<{reference.owner}> names the {what} {reference.key!r}, which is not deployed",
        f"did you mean {near!r}?" if near else f"deploy a {what} of this name",
    )


def _problem(reference: Reference, message: str, hint: str) -> Problem:
    consequence = _CONSEQUENCES.get(reference.kind)
    place = reference.place
    return Problem(
        "SYN040",
        Severity.WARNING,
        f"{message}; {consequence}" if consequence else message,
        place.file,
        place.line,
        place.column,
        reference.artifact,
        hint,
    )


def duplicate(second: Artifact, first: Artifact) -> Problem:
    """The error for a name that another file has given already."""
    return Problem(
        "SYN041",
        Severity.ERROR,
        f"{noun(second.kind)} named {second.name!r} already exists: {first.place}",
        second.place.file,
        second.place.line,
        1,
        f"{second.kind} {second.name}",
        "rename one of the two; the other one goes on serving",
    )
