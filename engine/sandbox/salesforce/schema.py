"""Objects and fields of the org: what a column may hold and what Salesforce would say about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum


class FieldType(Enum):
    """Field types by their describe name; `sql` is the SQLite column type, `xsd` the name in parse errors."""

    ID = ("id", "TEXT", "tns:ID")
    REFERENCE = ("reference", "TEXT", "tns:ID")
    STRING = ("string", "TEXT COLLATE NOCASE", "xsd:string")
    TEXTAREA = ("textarea", "TEXT COLLATE NOCASE", "xsd:string")
    PICKLIST = ("picklist", "TEXT COLLATE NOCASE", "xsd:string")
    MULTIPICKLIST = ("multipicklist", "TEXT COLLATE NOCASE", "xsd:string")
    PHONE = ("phone", "TEXT COLLATE NOCASE", "xsd:string")
    URL = ("url", "TEXT COLLATE NOCASE", "xsd:string")
    EMAIL = ("email", "TEXT COLLATE NOCASE", "xsd:string")
    INT = ("int", "INTEGER", "xsd:int")
    DOUBLE = ("double", "REAL", "xsd:double")
    CURRENCY = ("currency", "REAL", "xsd:double")
    PERCENT = ("percent", "REAL", "xsd:double")
    BOOLEAN = ("boolean", "INTEGER", "xsd:boolean")
    DATE = ("date", "TEXT", "xsd:date")
    DATETIME = ("datetime", "TEXT", "xsd:dateTime")
    ADDRESS = ("address", "", "urn:address")

    def __init__(self, describe: str, sql: str, xsd: str) -> None:
        self.describe = describe
        self.sql = sql
        self.xsd = xsd


TEXT_TYPES = frozenset(
    {
        FieldType.STRING,
        FieldType.TEXTAREA,
        FieldType.PICKLIST,
        FieldType.MULTIPICKLIST,
        FieldType.PHONE,
        FieldType.URL,
        FieldType.EMAIL,
    }
)
ID_TYPES = frozenset({FieldType.ID, FieldType.REFERENCE})
NUMBER_TYPES = frozenset({FieldType.INT, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT})


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    `generated` is the SQL expression of a computed one; `default` fills an insert that names no value.
    """

    name: str
    type: FieldType
    label: str = ""
    length: int = 0
    required: bool = False
    createable: bool = True
    updateable: bool = True
    unique: bool = False
    external_id: bool = False
    reference_to: str = ""
    relationship: str = ""
    values: tuple[str, ...] = ()
    restricted: bool = False
    default: str | int | float | None = None
    generated: str = ""

    @property
    def title(self) -> str:
        """The label that error messages use."""
        return self.label or self.name

    @property
    def is_key(self) -> bool:
        """Whether an upsert may match on this field."""
        return self.external_id or self.type is FieldType.ID


@dataclass(frozen=True, slots=True)
class SObject:
    """One object; `fields` are found by name without regard to case."""

    name: str
    prefix: str
    label: str
    plural: str
    fields: tuple[Field, ...]
    loadable: bool = True
    _by_name: dict[str, Field] = field(default_factory=dict, repr=False, compare=False)
    _by_relationship: dict[str, Field] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._by_name.update({one.name.lower(): one for one in self.fields})
        self._by_relationship.update({one.relationship.lower(): one for one in self.fields if one.relationship})

    @property
    def stored(self) -> tuple[Field, ...]:
        """The fields with a column of their own."""
        return tuple(one for one in self.fields if one.type is not FieldType.ADDRESS)

    def find(self, name: str) -> Field | None:
        """The field of that name, whatever its case."""
        return self._by_name.get(name.lower())

    def related(self, relationship: str) -> Field | None:
        """The reference field behind a relationship name such as `Owner` or `Mother__r`."""
        return self._by_relationship.get(relationship.lower())

    def with_fields(self, more: Iterable[Field]) -> SObject:
        """The same object with fields added, or replaced where the name is taken."""
        added = {one.name.lower(): one for one in more}
        kept = [one for one in self.fields if one.name.lower() not in added]
        return replace(self, fields=(*kept, *added.values()), _by_name={}, _by_relationship={})


class Schema:
    """The objects of one org, found by name without regard to case."""

    __slots__ = ("_objects",)

    def __init__(self, objects: Iterable[SObject]) -> None:
        self._objects = {one.name.lower(): one for one in objects}

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._objects.values())

    def find(self, name: str) -> SObject | None:
        """The object of that name, whatever its case."""
        return self._objects.get(name.lower())

    def require(self, name: str) -> SObject:
        """The object of that name; KeyError when there is none."""
        return self._objects[name.lower()]

    def by_prefix(self, record_id: str) -> SObject | None:
        """The object that an id belongs to."""
        prefix = record_id[:3]
        return next((one for one in self._objects.values() if one.prefix == prefix), None)
