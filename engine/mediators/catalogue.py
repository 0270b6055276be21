"""Finding the mediator behind an element, and saying what is wrong when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import engine.mediators
from engine.build import find_component
from engine.mediators.base import MEDIATORS, Mediator
from engine.registry import import_submodules, nearest
from engine.source.document import SYNAPSE
from engine.source.node import Node

if TYPE_CHECKING:
    from engine.build import Build


def find_mediator(tag: str) -> type[Mediator] | None:
    """The mediator class for an element name; its module is imported on first use."""
    found: type[Mediator] | None = find_component(MEDIATORS, "engine.mediators", tag)
    return found


def all_mediators() -> dict[str, type[Mediator]]:
    """Every mediator there is, by element name (for documentation and did-you-mean)."""
    import_submodules(engine.mediators)
    return dict(MEDIATORS.items())


def connector_call(node: Node, build: Build) -> Mediator | None:
    """An element such as `<file.read>` as the call of a connector operation."""
    from engine.mediators.connector import read_operation_call

    return read_operation_call(node, build)


def unknown_mediator(node: Node) -> None:
    """Report an element that stands where a mediator belongs and is none."""
    if node.namespace != SYNAPSE:
        node.error("SYN003", f"<{node.tag}> stands where a mediator belongs but is in "
                   f"{'namespace ' + repr(node.namespace) if node.namespace else 'no namespace'}",
                   hint=f"mediators belong in {SYNAPSE!r}")
        return
    near = nearest(node.tag, all_mediators())
    node.error("SYN010", f"<{node.tag}> is no mediator", hint=f"did you mean <{near}>?" if near else
               "mediators are described in the README's compatibility table")
