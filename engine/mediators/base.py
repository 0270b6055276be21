"""What a mediator is, and how one is declared and registered."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, dataclass_transform

from engine.message.context import MessageContext
from engine.records import dataclass
from engine.registry import Registry
from engine.source.document import Place
from engine.source.node import Node

if TYPE_CHECKING:
    from engine.build import Build

NOWHERE = Place("")


class Flow(Enum):
    """What happens after a mediator: the next one, or nothing more of this flow (no error is implied)."""

    CONTINUE = True
    STOP = False


CONTINUE = Flow.CONTINUE
STOP = Flow.STOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Mediator:
    """One step of a flow: frozen, compiled when its file was deployed, shared by all messages.

    A subclass implements `mediate`, or, when it never waits for anything, derives from SyncMediator and implements
    `apply`. Nothing of one message may be kept on it.
    """

    tag: ClassVar[str] = ""
    looks_apart: ClassVar[bool] = False
    """Whether it takes care itself not to hold up others when it looks at a long payload."""
    place: Place = NOWHERE

    @property
    def content_aware(self) -> bool:
        """Whether the payload must have been read and understood before this runs."""
        return True

    @property
    def label(self) -> str:
        """How the step is called in a fault's path and in a trace."""
        return self.tag

    async def mediate(self, message: MessageContext) -> Flow:
        """Work on the message; STOP ends the flow. Raises MediationError for a fault."""
        raise NotImplementedError(f"{type(self).__name__} says neither mediate nor apply")

    @classmethod
    def from_element(cls, node: Node, build: Build) -> Self | None:
        """Compile the element; None when it is unusable (problems say why). Default: by the declared attributes."""
        values = build.read_fields(cls, node)
        node.finish()
        return None if values is None else cls(place=build.place(node), **values)


class SyncMediator(Mediator):
    """A mediator that never waits: called as a plain function."""

    __slots__ = ()

    def apply(self, message: MessageContext) -> Flow:
        """Work on the message; STOP ends the flow. Raises MediationError for a fault."""
        raise NotImplementedError(f"{type(self).__name__} does not say apply")

    async def mediate(self, message: MessageContext) -> Flow:
        """Same as `apply`."""
        return self.apply(message)


MEDIATORS: Registry[type[Mediator]] = Registry("mediator")
M = TypeVar("M", bound=Mediator)


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """How one attribute of an element is read; also what documentation and completion know of it."""

    name: str
    doc: str
    kind: str
    required: bool
    choices: tuple[str, ...] = ()


def attribute(
    name: str, doc: str, *, kind: str = "text", default: Any = dataclasses.MISSING, choices: tuple[str, ...] = ()
) -> Any:
    """Declare an attribute of the element. Without a default it is required.

    `kind`: text, flag, integer, choice, expression (all languages), value (constant or `{expression}`).
    """
    spec = AttributeSpec(name, doc, kind, default is dataclasses.MISSING, choices)
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata={"spec": spec})
    return dataclasses.field(default=default, metadata={"spec": spec})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(attribute, dataclasses.field))
def mediator(*tags: str) -> Callable[[type[M]], type[M]]:
    """Register the class below as the mediator of these element names and make it a frozen dataclass."""

    def register(cls: type[M]) -> type[M]:
        made: type[M] = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.tag = tags[0]
        for tag in tags:
            MEDIATORS.add(tag, made)
        return made

    return register
