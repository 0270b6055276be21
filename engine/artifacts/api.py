"""`<api>`: a REST API with its resources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.artifacts.base import Artifact, artifact
from engine.build import Build
from engine.mediators.flow import MediatorList
from engine.source.document import Place
from engine.source.node import Node


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of an API."""

    methods: frozenset[str]
    uri_template: str | None
    url_mapping: str | None
    in_sequence: MediatorList | str | None
    out_sequence: MediatorList | str | None
    fault_sequence: MediatorList | str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Api:
    """A REST API."""

    name: str
    context: str
    resources: tuple[Resource, ...]
    place: Place


@artifact("api")
def read_api(node: Node, build: Build) -> Iterator[Artifact]:
    """Read an API and its resources."""
    name = node.attribute("name", required=True)
    context = node.attribute("context", required=True)
    resources = [read_resource(child, build, f"api {name}") for child in node.children("resource")]
    node.finish()
    if name and context:
        yield Artifact("api", name, Api(name, context.rstrip("/"), tuple(resources), build.place(node)), build.place(node))


def read_resource(node: Node, build: Build, owner: str) -> Resource:
    """Read one resource."""
    methods = frozenset((node.attribute("methods") or "").split())
    template = node.attribute("uri-template")
    mapping = node.attribute("url-mapping")
    label = f"{owner} > {' '.join(sorted(methods)) or '*'} {template or mapping or '/'}"
    sequences: list[MediatorList | str | None] = []
    for tag in ("inSequence", "outSequence", "faultSequence"):
        key = node.attribute(tag)
        child = node.child(tag)
        inline = build.mediators(child, name=f"{label} > {tag}") if child is not None else None
        if key is not None:
            build.refer("sequence", key, node, tag)
        sequences.append(key if key is not None else inline)
    node.finish()
    return Resource(methods, template, mapping, sequences[0], sequences[1], sequences[2], build.place(node))
