"""`<connector>`: the contents page of a connector package (connector.xml)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.schema import Shape, many, one
from engine.schema.shape import FREE
from engine.schema.words import text
from engine.source.node import Node

_COMPONENT = Shape(
    (text("name", required=True), text("package", required=True)),
    (many("dependency", Shape((text("component", required=True),))), one("description", FREE)),
)
_SHAPE = Shape(
    children=(one("component", _COMPONENT, required=True), one("icon", FREE), one("displayName", FREE)),
    ignored=("version",),
)


@artifact("connector")
def read_connector(node: Node, build: Build) -> Iterator[Artifact]:
    """Check the contents page of a connector package."""
    yield from read_checked(node, build, "connector", _SHAPE)
