"""The columns of an upload: which field each one fills, and how a row of text becomes values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.csv_codec import BadRow
from engine.sandbox.salesforce.errors import JobFailed, RowError
from engine.sandbox.salesforce.schema import TEXT_TYPES, Field, FieldType, Schema, SObject
from engine.sandbox.salesforce.values import Converter, SqlValue, converter, csv_formatter

CLEAR_TEXT = "#N/A"


class Clear:
    """Stands for `#N/A`: the field becomes null, while an empty cell leaves it alone."""

    __slots__ = ()


CLEAR = Clear()
Cell = SqlValue | Clear


@dataclass(frozen=True, slots=True)
class Lookup:
    """A column `Owner.Email`: the reference is found by a field of the object it points to."""

    target: SObject
    key: Field


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the upload."""

    name: str
    field: Field
    convert: Converter
    echo: Callable[[SqlValue], str] | None
    lookup: Lookup | None = None


class Columns:
    """The columns of one job, checked against its object. Raises JobFailed for a header that does not fit.

    `numbered` says whether errors of values name the column, as those of a file do.
    """

    __slots__ = ("_echoing", "columns", "external", "external_place", "id_place", "sobject")

    def __init__(
        self,
        header: Sequence[str],
        sobject: SObject,
        schema: Schema,
        operation: str,
        external_id: str = "",
        *,
        numbered: bool = True,
    ) -> None:
        self.sobject = sobject
        self.columns = tuple(
            _column(name, place if numbered else None, sobject, schema) for place, name in enumerate(header)
        )
        seen: set[str] = set()
        for column in self.columns:
            if column.field.name in seen:
                raise JobFailed(errors.DUPLICATE_COLUMN.format(name=column.name))
            seen.add(column.field.name)
        self.id_place = self._place("Id")
        self.external: Field | None = None
        self.external_place: int | None = None
        if operation in ("delete", "hardDelete") and header and [one.field.name for one in self.columns] != ["Id"]:
            raise JobFailed(errors.ONLY_IDS.format(operation=operation))
        if operation == "upsert":
            self._find_external(external_id)
        self._echoing = tuple(
            (place, column.echo) for place, column in enumerate(self.columns) if column.echo is not None
        )

    def _place(self, name: str) -> int | None:
        return next((place for place, one in enumerate(self.columns) if one.field.name == name), None)

    def _find_external(self, name: str) -> None:
        field = self.sobject.find(name)
        if field is None or not field.is_key:
            raise JobFailed(errors.NOT_EXTERNAL.format(name=name, object=self.sobject.name))
        self.external = field
        self.external_place = self._place(field.name)
        if self.external_place is None and self.columns:
            raise JobFailed(errors.FIELD_NOT_FOUND.format(name=field.name))

    def texts(self, row: list[str]) -> list[str]:
        """The cells without outer blanks, as they are saved and shown again."""
        return [cell.strip() for cell in row]

    def convert(self, row: list[str], texts: list[str]) -> list[Cell]:
        """The values of a row; None for an empty cell, CLEAR for `#N/A`. Raises RowError."""
        if isinstance(row, BadRow):
            raise RowError("INVALID_FIELD", row.reason)
        values: list[Cell] = []
        for text, column in zip(texts, self.columns, strict=True):
            if not text:
                values.append(None)
            elif text == CLEAR_TEXT:
                values.append(CLEAR)
            else:
                values.append(column.convert(text))
        return values

    def echo(self, texts: list[str], values: list[Cell]) -> list[str]:
        """The cells as results files show them: numbers and times as the server read them."""
        for place, write in self._echoing:
            value = values[place]
            if value is not None and not isinstance(value, Clear):
                texts[place] = write(value)
        return ["" if text == CLEAR_TEXT else text for text in texts] if CLEAR_TEXT in texts else texts

    def echo_failed(self, row: list[str], texts: list[str]) -> list[str]:
        """The same for a row that failed: cells that can be read are shown as read, the others as sent."""
        if isinstance(row, BadRow):
            return list(row)
        for place, write in self._echoing:
            text = texts[place]
            if text and text != CLEAR_TEXT:
                try:
                    texts[place] = write(self.columns[place].convert(text))
                except RowError:
                    continue
        return texts


def _column(name: str, place: int | None, sobject: SObject, schema: Schema) -> Column:
    relationship, dot, key_name = name.strip().rpartition(":")[2].partition(".")
    if dot:
        return _lookup_column(name, relationship, key_name, place, sobject, schema)
    field = sobject.find(name)
    if field is None or field.type is FieldType.ADDRESS:
        raise JobFailed(errors.FIELD_NOT_FOUND.format(name=name))
    plain = field.type in TEXT_TYPES or field.type is FieldType.INT
    return Column(name, field, converter(field, place), None if plain else csv_formatter(field))


def _lookup_column(
    name: str, relationship: str, key_name: str, place: int | None, sobject: SObject, schema: Schema
) -> Column:
    reference = sobject.related(relationship)
    target = schema.find(reference.reference_to) if reference is not None else None
    key = target.find(key_name) if target is not None else None
    if reference is None or target is None or key is None:
        raise JobFailed(errors.FIELD_NOT_FOUND.format(name=name))
    return Column(name, reference, converter(key, place), None, Lookup(target, key))
