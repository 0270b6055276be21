"""`<localEntry key=...>`: a text, an XML element or the configuration of a connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.artifacts.base import Artifact, artifact
from engine.build import Build
from engine.source.document import Element, Place
from engine.source.node import Node


@dataclass(frozen=True, slots=True)
class LocalEntry:
    """A local entry: `element` when it holds XML, else `text`."""

    key: str
    text: str
    element: Element | None
    place: Place


@artifact("localEntry")
def read_local_entry(node: Node, build: Build) -> Iterator[Artifact]:
    """Read a local entry."""
    key = node.attribute("key", required=True)
    node.attribute("src")
    children = node.any_children()
    element = next((child.element for child in children if child.tag != "description"), None)
    text = node.raw_text().strip()
    node.finish()
    if key is not None:
        yield Artifact("localEntry", key, LocalEntry(key, text, element, build.place(node)), build.place(node))
