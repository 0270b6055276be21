"""`<sequence name=...>`: a named list of mediators."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.api import read_switches
from engine.artifacts.base import Artifact, artifact
from engine.build import Build
from engine.mediators.flow import NamedSequence
from engine.source.node import Node


@artifact("sequence")
def read_sequence(node: Node, build: Build) -> Iterator[Artifact]:
    """Read a sequence definition."""
    name = node.attribute("name", required=True)
    on_error = node.attribute("onError")
    if on_error is not None:
        build.refer("sequence", on_error, node, "onError")
    read_switches(node)
    mediators = build.mediators(node, name=f"sequence {name}")
    if not len(node.element):
        node.info("SYN018", f"the sequence {name!r} holds no mediators, so it does nothing", hint="fill or remove it")
    node.finish()
    if name is not None:
        yield Artifact("sequence", name, NamedSequence(name, mediators, on_error), build.place(node))
