"""`<localEntry key=...>`: a text, an XML element or the configuration of a connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.artifacts.base import Artifact, artifact
from engine.build import Build
from engine.source.document import SYNAPSE, Element, Place
from engine.source.node import Node

if TYPE_CHECKING:
    from engine.mediators.connector_parameters import Parameters


@dataclass(frozen=True, slots=True)
class LocalEntry:
    """A local entry: `element` when it holds XML, else `text`; `connection` when that XML configures one."""

    key: str
    text: str
    element: Element | None
    place: Place
    connection: Parameters[Any] | None = None


@artifact("localEntry")
def read_local_entry(node: Node, build: Build) -> Iterator[Artifact]:
    """Read a local entry."""
    key = node.attribute("key", required=True)
    node.attribute("src")
    children = node.any_children()
    child = next((each for each in children if each.tag != "description"), None)
    text = node.raw_text().strip()
    node.finish()
    connection = None
    if child is not None and child.namespace in (SYNAPSE, "") and child.tag.endswith(".init"):
        from engine.mediators.connector import read_connection

        connection = read_connection(child, build)
    if key is not None and child is not None and child.namespace == SYNAPSE and child.tag == "endpoint":
        endpoint = build.endpoint(child)
        if endpoint is not None:
            yield Artifact("endpoint", key, endpoint, build.place(node))
    if key is not None:
        entry = LocalEntry(key, text, None if child is None else child.element, build.place(node), connection)
        yield Artifact("localEntry", key, entry, build.place(node))
