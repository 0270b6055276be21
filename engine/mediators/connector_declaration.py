"""Declaring connectors: operations, connections and their parameters, each written once.

A connector is one folder of Python. Its operations and its connection are classes whose fields are the child elements
of the XML; `engine.mediators.connector` reads the elements, converts the values and calls the operation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

from engine.errors import MediationError
from engine.files.paths import WrittenPath
from engine.message.context import MessageContext
from engine.message.payload import Payload
from engine.message.values import string_of
from engine.records import dataclass
from engine.registry import Registry, nearest
from engine.values.java_regex import compile_java_regex

if TYPE_CHECKING:
    from engine.source.node import Node

PARAMETER = "parameter"
KINDS = ("text", "path", "flag", "integer", "choice", "pattern", "object")


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One child element of an operation or connection: how it is read, and what documentation knows of it."""

    name: str
    doc: str
    kind: str
    required: bool
    default: Any
    choices: tuple[str, ...] = ()
    fold: bool = False
    minimum: int | None = None
    secret: bool = False
    ignored: bool = False

    def convert(self, value: object, *, written: bool = False) -> Any:
        """The value as the operation wants it; `written`: it is a constant of the flow.

        Raises ValueError whose text completes "parameter x ...".
        """
        if self.kind == "object":
            return value
        text = (string_of(value) or "").strip()
        if not text:
            return None
        if self.kind == "flag":
            return text.lower() == "true"
        if self.kind == "path":
            return WrittenPath(text) if written else text
        if self.kind == "integer":
            return self._whole_number(text)
        if self.kind == "choice":
            return self._chosen(text)
        if self.kind == "pattern":
            return self._pattern(text)
        return text

    def _whole_number(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"must be a whole number, not {text!r}") from None

    def _chosen(self, text: str) -> str:
        if text in self.choices:
            return text
        if self.fold:
            for choice in self.choices:
                if choice.lower() == text.lower():
                    return choice
        near = nearest(text, self.choices)
        raise ValueError(
            f"is {text!r}, which is none of {', '.join(self.choices)}" + (f"; did you mean {near!r}?" if near else "")
        )

    def _pattern(self, text: str) -> Any:
        try:
            return compile_java_regex(text)
        except ValueError as error:
            raise ValueError(f"is {text!r}, which is no regular expression: {error}") from error


def parameter(
    name: str,
    doc: str,
    *,
    kind: str = "text",
    default: Any = dataclasses.MISSING,
    required: bool | None = None,
    choices: tuple[str, ...] = (),
    fold: bool = False,
    minimum: int | None = None,
    secret: bool = False,
    ignored: bool = False,
) -> Any:
    """Declare a child element called `name`.

    `kind`: text (trimmed), path (text; a constant is a WrittenPath), flag, integer, choice (of `choices`; `fold`:
    letter case is free), pattern (a Java regular expression), object (as the expression gave it: text, element,
    TextNode, JsonValue). Without a default it is required. `secret` keeps it out of logs; `ignored` accepts what
    another engine needs and this one does not.
    """
    if kind not in KINDS:
        raise ValueError(f"parameter {name!r} has kind {kind!r}, which is none of {', '.join(KINDS)}")
    missing = default is dataclasses.MISSING
    needed = missing if required is None else required
    value = None if missing else default
    spec = ParameterSpec(name, doc, kind, needed, value, choices, fold, minimum, secret, ignored)
    return field(default=value, metadata={PARAMETER: spec}, repr=not secret)


class ParameterError(Exception):
    """A parameter that is missing or cannot be converted; the operation says which fault that is."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"parameter {name!r} {reason}")


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation hands back instead of changing the message itself.

    Without a response variable it becomes the body; with one, `payload`, `headers` and `attributes` of the variable.
    """

    payload: Payload
    content_type: str
    headers: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Operation:
    """One operation of a connector: a frozen value made of its parameters, executed once.

    An operation that changes the body puts a new Payload on the message and never changes the old one in place.
    """

    __slots__ = ()

    name: ClassVar[str] = ""
    strict: ClassVar[bool] = True
    """Whether a missing required parameter keeps the artifact from being deployed (else the step faults)."""

    async def execute(self, message: MessageContext, connection: Any) -> Result | None:
        """Do the work. Raises MediationError for a fault."""
        raise NotImplementedError(f"{type(self).__name__} does not say execute")

    def deliver(self, message: MessageContext, result: Result) -> None:
        """Put a result where it belongs when no response variable is named: the body, by default."""
        put_in_body(message, result)

    @classmethod
    def failed(cls, message: MessageContext, error: MediationError, *, to_variable: bool) -> None:
        """Leave what the fault sequence should find on the message."""

    @classmethod
    def needs_body(cls, constants: Mapping[str, Any]) -> bool:
        """Whether the body must have been read and understood first, judged by the constant parameters."""
        return False

    @classmethod
    def check(cls, node: Node, constants: Mapping[str, Any], given: frozenset[str]) -> None:
        """Report what is wrong with parameters together, at deploy time. `given` are the fields that are written."""

    @classmethod
    def misconfigured(cls, message: MessageContext, error: ParameterError) -> MediationError:
        """The fault for a parameter that is missing or has a value it cannot have."""
        return MediationError(f"{cls.name}: {error}")


class Connection:
    """The configuration of a connector's connection: a frozen value, equal when its definition is equal."""

    __slots__ = ()

    connector: ClassVar[str] = ""

    @classmethod
    def check(cls, node: Node, constants: Mapping[str, Any], given: frozenset[str]) -> None:
        """Report what is wrong with parameters together, at deploy time."""


OPERATIONS: Registry[type[Operation]] = Registry("connector operation")
CONNECTIONS: Registry[type[Connection]] = Registry("connection")

O = TypeVar("O", bound=Operation)  # noqa: E741
C = TypeVar("C", bound=Connection)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(parameter, field))
def operation(name: str) -> Callable[[type[O]], type[O]]:
    """Register the class below as the operation `<connector.operation>` and make it a frozen dataclass."""

    def register(cls: type[O]) -> type[O]:
        made: type[O] = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.name = name
        OPERATIONS.add(name, made)
        return made

    return register


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(parameter, field))
def connection(connector: str) -> Callable[[type[C]], type[C]]:
    """Register the class below as what `<connector.init>` in a local entry configures."""

    def register(cls: type[C]) -> type[C]:
        made: type[C] = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.connector = connector
        CONNECTIONS.add(connector, made)
        return made

    return register


def specs_of(cls: type[Any]) -> dict[str, ParameterSpec]:
    """The declared parameters of an operation or connection, by field name."""
    return {each.name: each.metadata[PARAMETER] for each in dataclasses.fields(cls) if PARAMETER in each.metadata}


def put_in_body(message: MessageContext, result: Result) -> None:
    """Make a result the body of the message, with its content type."""
    message.payload = result.payload
    message.axis2["messageType"] = result.content_type
    message.axis2["ContentType"] = result.content_type
    message.axis2.pop("NO_ENTITY_BODY", None)
