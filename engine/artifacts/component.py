"""`<component>`: the operations of one part of a connector package (component.xml)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.schema import Shape, many, one
from engine.schema.shape import FREE
from engine.schema.words import text
from engine.source.node import Node

_OPERATION = Shape(
    (text("name", required=True), text("displayName"), text("isHidden")),
    (
        one("file", Shape(text=text("file", required=True)), required=True),
        one("description", FREE),
        one("friendlyName", FREE),
        one("hidden", FREE),
        one("displayName", FREE),
    ),
)
_SHAPE = Shape(
    (text("name", required=True), text("type"), text("displayName")),
    (
        many("subComponents", Shape(children=(many("component", _OPERATION),)), required=True),
        one("description", FREE),
        one("icon", FREE),
    ),
)


@artifact("component")
def read_component(node: Node, build: Build) -> Iterator[Artifact]:
    """Check the list of operations of a connector package."""
    yield from read_checked(node, build, "component", _SHAPE)
