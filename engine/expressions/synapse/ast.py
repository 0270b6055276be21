"""What a `${...}` expression is made of. Positions count its characters from 0; they do not compare."""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, boolean or null. Texts come without quotes and with their backslashes."""

    value: int | float | str | bool | None
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Array:
    """`[1, "x", payload.y]`."""

    items: tuple[Ast, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Access:
    """A root, the name taken from it, and a JSONPath into that.

    `root` is payload, vars, headers, configs, props.synapse, props.axis2, params.queryParams,
    params.pathParams or params.functionParams; `name` is "" for payload. `path` is JSONPath text after `$`;
    expressions in it (indexes, operands of filters) are evaluated and put in as constants.
    """

    root: str
    name: str
    path: tuple[str | Embedded, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Embedded:
    """An expression inside a path; `bracketed` when alone between `[` and `]`, where a text is a name."""

    inner: Ast
    bracketed: bool


@dataclass(frozen=True, slots=True)
class Call:
    """`name(arguments)`, for registry, object and array with a path into the result."""

    name: str
    arguments: tuple[Ast, ...]
    path: tuple[str | Embedded, ...] = ()
    property: Ast | None = None
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`; `&&` and `||` are spelled and, or."""

    operator: str
    left: Ast
    right: Ast
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? then : otherwise`."""

    condition: Ast
    then: Ast
    otherwise: Ast
    position: int = field(default=0, compare=False)


Ast: TypeAlias = Literal | Array | Access | Call | Binary | Conditional
