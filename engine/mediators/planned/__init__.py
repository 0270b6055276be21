"""Mediators that are read and checked whole but not run yet.

A flow that holds one is deployed, with a warning; a message that reaches it faults and says so. Each shape is written
once, in a module of this package. A mediator moves out of here by getting a module of its own in `engine.mediators`.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Self

from engine.errors import MediationError
from engine.mediators.base import Flow, Mediator, mediator
from engine.message.context import MessageContext
from engine.schema import Shape, check
from engine.source.node import Node

if TYPE_CHECKING:
    from engine.build import Build

_MODULES = {
    "eip": ("foreach", "iterate", "clone", "aggregate", "scatter-gather", "sampler", "enqueue"),
    "routing": ("conditionalRouter", "router", "rewrite"),
    "traffic": ("cache", "throttle"),
    "transform": ("xslt", "fastXSLT", "xquery", "jsontransform", "datamapper", "smooks", "builder", "validate"),
    "content": ("store",),
    "database": ("dblookup", "dbreport", "dataServiceCall", "transaction"),
    "code": ("script", "class", "pojoCommand", "annotatedCommand", "bean", "ejb", "spring"),
    "security": ("entitlementService", "oauthService", "NTLM", "opa"),
    "events": ("eventPublisher", "event", "publishEvent", "bam", "rules"),
}


OLD = {
    "router": "use <conditionalRouter>, <switch> or <filter>",
    "publishEvent": "remove it, or publish with <call>",
    "event": "use <eventPublisher>",
    "bam": "remove it, or publish with <call>",
}
"""Mediators that no present engine has, with the way out."""


@mediator("planned mediator")
class Planned(Mediator):
    """A mediator that this version checks but does not run."""

    element: str

    @property
    def label(self) -> str:
        return self.element

    @property
    def content_aware(self) -> bool:
        return False

    async def mediate(self, message: MessageContext) -> Flow:
        raise MediationError(
            f"<{self.element}> is not supported by this version of synflow",
            detail=f"{self.place}: the flow was deployed with the warning SYN011",
        )

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Self | None:
        """Check everything about the element and keep its place."""
        before = len(build.problems.errors)
        if node.tag in OLD:
            node.error(
                "SYN010",
                f"<{node.tag}> is a mediator of older products; the reference engine refuses it too",
                hint=OLD[node.tag],
            )
        else:
            node.warning(
                "SYN011",
                f"<{node.tag}> is not supported by this version of synflow; a message that gets here faults",
                hint="the compatibility table of the README says what is",
            )
        check(node, shape_of(node.tag), build)
        return cls(place=build.place(node), element=node.tag) if len(build.problems.errors) == before else None


def planned_names() -> tuple[str, ...]:
    """The element names of all of them."""
    return tuple(name for names in _MODULES.values() for name in names)


@cache
def _home(tag: str) -> str | None:
    return next((module for module, names in _MODULES.items() if tag in names), None)


def find_planned(tag: str) -> type[Planned] | None:
    """The class for an element name that is planned, else None."""
    return Planned if _home(tag) is not None else None


def shape_of(tag: str) -> Shape:
    """The shape of a planned mediator's element."""
    home = _home(tag)
    assert home is not None, tag
    shapes: dict[str, Shape] = importlib.import_module(f"{__name__}.{home}").SHAPES
    return shapes[tag]
