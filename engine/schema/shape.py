"""What an element may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from engine.records import dataclass
from engine.schema.values import ValueSpec

if TYPE_CHECKING:
    from engine.build import Build
    from engine.source.node import Node

Rule = Callable[["Node", "Build"], None]
"""A check that looks at several parts of an element together."""


@dataclass(frozen=True, slots=True)
class Child:
    """A child element. `shape` may be a function, for elements that hold themselves.

    `why` completes "<parent> needs a <child>; ..." in the user's words. `anywhere`: its namespace does not matter.
    """

    name: str
    shape: Shape | Callable[[], Shape]
    required: bool = False
    many: bool = False
    why: str = ""
    anywhere: bool = False

    @property
    def resolved(self) -> Shape:
        """The shape itself."""
        return self.shape if isinstance(self.shape, Shape) else self.shape()


@dataclass(frozen=True, slots=True)
class Shape:
    """An element: its attributes, its children, its text.

    `flow`: the children are mediators. `endpoint`: the element is an `<endpoint>`. `free`: its content is somebody
    else's (a schema, a policy, inline data) and not looked at. `rules` look at several parts together.
    """

    attributes: tuple[ValueSpec, ...] = ()
    children: tuple[Child, ...] = ()
    text: ValueSpec | None = None
    flow: bool = False
    endpoint: bool = False
    free: bool = False
    rules: tuple[Rule, ...] = ()
    ignored: tuple[str, ...] = ()
    """Attributes that some products write and no engine reads."""
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Children such as `<parameter name="interval">1000</parameter>`: known names and what their values look like.

    `families` are beginnings of names that are free beyond them. `closed`: another name is refused; else it is a
    warning when it is near a known one or `complete` says that no other name means anything.
    `value` names the attribute that holds the value ("" for the text); `also` other attributes that may give it.
    """

    element: str
    known: Mapping[str, ValueSpec] = field(default_factory=dict)
    families: tuple[str, ...] = ()
    closed: bool = False
    complete: bool = False
    value: str = ""
    also: tuple[str, ...] = ()
    owner: str = ""
    required: Mapping[str, str] = field(default_factory=dict)
    """Names that must be there, with what follows when they are not."""


def one(
    name: str, shape: Shape | Callable[[], Shape], *, required: bool = False, why: str = "", anywhere: bool = False
) -> Child:
    """A child that stands once; a second one is ignored, and that is said."""
    return Child(name, shape, required, False, why, anywhere)


def many(
    name: str, shape: Shape | Callable[[], Shape], *, required: bool = False, why: str = "", anywhere: bool = False
) -> Child:
    """A child that may stand several times; `required`: at least once."""
    return Child(name, shape, required, True, why, anywhere)


FREE = Shape(free=True)
FLOW = Shape(flow=True)
EMPTY = Shape()
