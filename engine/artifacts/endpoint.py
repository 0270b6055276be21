"""`<endpoint name=...>`: an endpoint that flows call by its name."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.build import Build
from engine.source.node import Node


@artifact("endpoint")
def read_endpoint_artifact(node: Node, build: Build) -> Iterator[Artifact]:
    """Read a named endpoint."""
    name = node.attribute("name", required=True, why="nothing can refer to it without a name")
    endpoint = build.endpoint(node)
    if name is not None and endpoint is not None:
        yield Artifact("endpoint", name, endpoint, build.place(node))
