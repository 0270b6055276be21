"""`<import>`: enables a connector; here every connector is enabled."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.schema import Shape
from engine.schema.words import choice, text
from engine.source.node import Node

_SHAPE = Shape(
    (
        text("name", required=True, why="Synapse Import Target Library name is not specified"),
        text("package", required=True, why="Synapse Import Target Library package is not specified"),
        choice("status", "enabled", "disabled", strict=False),
    )
)


@artifact("import")
def read_import(node: Node, build: Build) -> Iterator[Artifact]:
    """Check an import."""
    yield from read_checked(node, build, "import", _SHAPE)
