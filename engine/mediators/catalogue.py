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
    if found is None:
        from engine.mediators.planned import find_planned

        found = find_planned(tag)
    return found


def all_mediators() -> dict[str, type[Mediator]]:
    """Every mediator that is run, by element name."""
    from engine.mediators.planned import Planned

    import_submodules(engine.mediators)
    return {name: each for name, each in MEDIATORS.items() if each is not Planned}


def mediator_names() -> tuple[str, ...]:
    """Every element name that may stand where a mediator belongs."""
    from engine.mediators.planned import planned_names

    return (*all_mediators(), *planned_names())


def connector_call(node: Node, build: Build) -> Mediator | None:
    """An element such as `<file.read>` as the call of a connector operation."""
    from engine.mediators.connector import read_operation_call

    return read_operation_call(node, build)


def unknown_mediator(node: Node) -> None:
    """Report an element that stands where a mediator belongs and is none."""
    if node.namespace != SYNAPSE:
        node.error(
            "SYN003",
            f"<{node.tag}> stands where a mediator belongs but is in "
            f"{'namespace ' + repr(node.namespace) if node.namespace else 'no namespace'}",
            hint=f"mediators belong in {SYNAPSE!r}",
        )
        return
    owner = _PART_OF.get(node.tag)
    if owner is not None:
        node.error(
            "SYN010",
            f"<{node.tag}> is no mediator: it is a part of {owner} and stands outside of one here",
            hint=f"move it into {owner}",
        )
        return
    near = nearest(node.tag, mediator_names())
    node.error(
        "SYN010",
        f"<{node.tag}> is no mediator",
        hint=f"did you mean <{near}>?" if near else "mediators are described in the README's compatibility table",
    )


_PART_OF = {
    "then": "a <filter>",
    "else": "a <filter>",
    "case": "a <switch>",
    "default": "a <switch>",
    "args": "a <payloadFactory>",
    "arg": "the <args> of a <payloadFactory>",
    "format": "a <payloadFactory>",
    "endpoint": "a <call> or <send>",
    "source": "an <enrich>",
    "target": "an <enrich>, <iterate> or <clone>",
    "with-param": "a <call-template>",
    "onComplete": "an <aggregate>",
    "correlateOn": "an <aggregate>",
    "completeCondition": "an <aggregate>",
    "on-fail": "a <validate>",
    "schema": "a <validate>",
    "onCacheHit": "a <cache>",
    "onAccept": "a <throttle>",
    "onReject": "a <throttle>",
    "conditionalRoute": "a <conditionalRouter>",
    "aggregation": "a <scatter-gather>",
    "message": "a <log>",
    "statement": "a <dblookup> or <dbreport>",
    "rewriterule": "a <rewrite>",
    "inSequence": "a <resource> or a proxy's <target>",
    "outSequence": "a <resource> or a proxy's <target>",
    "faultSequence": "a <resource> or a proxy's <target>",
    "resource": "an <api>",
    "parameter": "an artifact",
}
"""Elements that belong into others."""
