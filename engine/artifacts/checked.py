"""Artifacts that are read and checked whole but not run yet, each by its shape."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact
from engine.build import Build
from engine.records import dataclass
from engine.schema import Shape, check
from engine.source.document import Place
from engine.source.node import Node


@dataclass(frozen=True, slots=True)
class Checked:
    """An artifact that this version knows but does not run."""

    kind: str
    name: str
    place: Place


def read_checked(
    node: Node,
    build: Build,
    kind: str,
    shape: Shape,
    *,
    name_attribute: str = "name",
    consequence: str = "",
) -> Iterator[Artifact]:
    """Check the element against its shape and give the artifact.

    `consequence` says what does not happen because it is not run; "" when nothing is missed.
    """
    name = node.element.get(name_attribute) or node.element.get("key") or node.tag
    if consequence:
        node.warning(
            "SYN011",
            f"<{node.tag}> is checked but not run by this version of synflow: {consequence}",
            hint="the compatibility table of the README says what is run",
        )
    check(node, shape, build)
    place = build.place(node)
    yield Artifact(kind, name, Checked(kind, name, place), place)
