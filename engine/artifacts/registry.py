"""`<registry>`: which registry the server uses; synflow has its own."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.schema import Shape
from engine.schema.shape import Table
from engine.schema.words import class_name
from engine.source.node import Node

PROVIDED = Shape((class_name("provider"),), table=Table("parameter", also=("key",)))


@artifact("registry")
def read_registry(node: Node, build: Build) -> Iterator[Artifact]:
    """Accept what old server configurations hold; the registry of synflow is the folder beside the artifacts."""
    yield from read_checked(node, build, "registry", PROVIDED)
