"""What a JSONPath is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from engine.records import dataclass
from engine.values.json_document import Json


@dataclass(frozen=True, slots=True)
class Key:
    """`.name`, `['name']` or `['a','b']`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """`[2]`, `[-1]` or `[0,2]`."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """`[1:3]`, `[:2]` or `[-2:]`."""

    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`.*` or `[*]`: every member or element."""


@dataclass(frozen=True, slots=True)
class Scan:
    """`..`: the next step is tried on this node and everything below it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """`[?(...)]`: elements, or the object itself, for which the condition holds."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Function:
    """`.length()` and its like."""

    name: str
    arguments: tuple[Operand, ...]


Step: TypeAlias = Key | Index | Slice | Wildcard | Scan | Filter | Function


@dataclass(frozen=True, slots=True)
class Path:
    """A whole path; `from_current` means it starts with `@` (inside a filter)."""

    steps: tuple[Step, ...]
    from_current: bool = False


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant in a filter; numbers are Decimal."""

    value: Json | Decimal


@dataclass(frozen=True, slots=True)
class Regex:
    """`/pattern/flags`."""

    pattern: str
    flags: str


Operand: TypeAlias = Path | Literal | Regex


@dataclass(frozen=True, slots=True)
class Exists:
    """A path alone: true when it leads somewhere."""

    path: Path


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands and an operator."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """`!` in front of a condition."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Conditions joined by `&&`."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions joined by `||`."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = Exists | Compare | Not | All | AnyOf
