"""`<definitions>`: several artifacts in one file (synapse.xml)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact, namespace_fits, read_root
from engine.build import Build
from engine.mediators.flow import MediatorList, NamedSequence
from engine.source.node import Node


@artifact("definitions")
def read_definitions(node: Node, build: Build) -> Iterator[Artifact]:
    """Read every child as an artifact; mediators directly below are the main sequence, as in old files."""
    from engine.mediators.catalogue import find_mediator

    loose = []
    for child in node.any_children():
        child.artifact = f"{child.tag} {child.element.get('name') or child.element.get('key') or ''}".strip()
        if child.tag == "description":
            continue
        is_definition = child.element.get("name") is not None or find_mediator(child.tag) is None
        if is_definition:
            if namespace_fits(child):
                yield from read_root(child, build)
        else:
            one = build.mediator(child)
            if one is not None:
                loose.append(one)
    node.finish()
    if loose:
        main = NamedSequence("main", MediatorList(loose, "sequence main"))
        yield Artifact("sequence", "main", main, build.place(node))
