"""A parsed query."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a condition.

    `kind` is string, number, boolean, null, date, datetime or range (TODAY, LAST_N_DAYS:7).
    """

    kind: str
    value: str | float | int | bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator literal`; the operator is one of = != < <= > >= LIKE."""

    path: str
    operator: str
    literal: Literal


@dataclass(frozen=True, slots=True)
class Membership:
    """`path IN (...)`, or NOT IN."""

    path: str
    literals: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Negation:
    """`NOT condition`."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by AND or by OR."""

    word: str
    parts: tuple[Condition, ...]


Condition = Comparison | Membership | Negation | Junction


@dataclass(frozen=True, slots=True)
class Order:
    """One key of ORDER BY."""

    path: str
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; `count` stands for `SELECT COUNT()`."""

    fields: tuple[str, ...]
    sobject: str
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None
    count: bool = False
