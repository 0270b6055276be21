"""`<taskManager>`: which scheduler the server uses; synflow has its own."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.artifacts.registry import PROVIDED
from engine.build import Build
from engine.source.node import Node


@artifact("taskManager")
def read_task_manager(node: Node, build: Build) -> Iterator[Artifact]:
    """Accept what old server configurations hold."""
    yield from read_checked(node, build, "taskManager", PROVIDED)
