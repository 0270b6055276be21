"""`<eventSource>`: subscribers of events, of older products."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.schema import Shape, many, one
from engine.schema.shape import FREE, Table
from engine.schema.words import class_name, text
from engine.source.node import Node

_SUBSCRIPTION = Shape(
    (text("id"),),
    (one("filter", Shape((text("source"), text("dialect")))), one("endpoint", FREE), one("expires", FREE)),
)
_SHAPE = Shape(
    (text("name", required=True),),
    (
        one(
            "subscriptionManager",
            Shape((class_name("class", required=True),), table=Table("property", value="value")),
            required=True,
        ),
        many("subscription", _SUBSCRIPTION),
    ),
)


@artifact("eventSource")
def read_event_source(node: Node, build: Build) -> Iterator[Artifact]:
    """Check an event source."""
    yield from read_checked(node, build, "eventSource", _SHAPE, consequence="nobody gets its events")


@artifact("event-source")
def read_event_source_dashed(node: Node, build: Build) -> Iterator[Artifact]:
    """The same under its other name."""
    yield from read_event_source(node, build)
