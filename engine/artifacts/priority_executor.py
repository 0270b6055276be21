"""`<priority-executor>`: a pool of threads with queues, for `enqueue`."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.schema import Shape, many, one
from engine.schema.words import class_name, flag, integer, text
from engine.source.node import Node

_QUEUES = Shape(
    (flag("isFixedSize"), class_name("nextQueue")),
    (many("queue", Shape((integer("size", minimum=1), integer("priority", required=True))), required=True),),
)
_SHAPE = Shape(
    (text("name", required=True),),
    (
        one("queues", _QUEUES, required=True),
        one(
            "threads", Shape((integer("core", minimum=1), integer("max", minimum=1), integer("keep-alive", minimum=0)))
        ),
    ),
)


@artifact("priority-executor")
def read_priority_executor(node: Node, build: Build) -> Iterator[Artifact]:
    """Check a priority executor."""
    yield from read_checked(node, build, "priorityExecutor", _SHAPE, consequence="nothing can be queued in it")


@artifact("priorityExecutor")
def read_priority_executor_joined(node: Node, build: Build) -> Iterator[Artifact]:
    """The same under its other name."""
    yield from read_priority_executor(node, build)
