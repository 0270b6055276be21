"""Saving rows: insert, update, upsert, delete, each row on its own, as one chunk of a load does it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from engine.sandbox.salesforce.columns import Cell, Clear, Columns, Lookup
from engine.sandbox.salesforce.database import IdSource, quoted
from engine.sandbox.salesforce.errors import RowError
from engine.sandbox.salesforce.ids import canonical_id
from engine.sandbox.salesforce.schema import Field, FieldType, Schema
from engine.sandbox.salesforce.values import SqlValue, now_text

CHUNK = 200
_KNOWN_LIMIT = 100_000
_TOUCHED = ("LastModifiedDate", "SystemModstamp", "LastModifiedById")


class Outcome(NamedTuple):
    """What became of one row: its cells as results files show them, and either an id or an error."""

    cells: list[str]
    record_id: str
    created: bool
    error: RowError | None = None


def never_locked() -> bool:
    """The ordinary answer to "is this row locked?"."""
    return False


class RecordWriter:
    """Saves rows of one upload through a connection that is inside a write transaction.

    `save` takes up to CHUNK rows; duplicates of an external id are looked for within those, as in Salesforce.
    """

    __slots__ = (
        "_columns", "_connection", "_defaults", "_filled", "_forbidden_insert", "_forbidden_update",
        "_ids", "_insert_sql", "_known", "_locked", "_missing", "_now", "_operation", "_references",
        "_required", "_schema", "_sobject", "_table", "_unique", "_update_sql", "_user_id",
    )  # fmt: skip

    def __init__(
        self,
        connection: sqlite3.Connection,
        schema: Schema,
        columns: Columns,
        operation: str,
        user_id: str,
        locked: Callable[[], bool] = never_locked,
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._columns = columns
        self._operation = operation
        self._user_id = user_id
        self._locked = locked
        self._sobject = columns.sobject
        self._table = quoted(self._sobject.name)
        self._ids = IdSource(connection)
        self._now = ""
        self._update_sql: dict[tuple[str, ...], str] = {}
        self._known: set[str] = set()
        self._plan()

    def _plan(self) -> None:
        """Sort the columns by what has to be done with them, once for the whole upload."""
        cells = list(enumerate(self._columns.columns))
        present = {one.field.name for _, one in cells}
        values = [(place, one.field) for place, one in cells if one.field.type is not FieldType.ID]
        self._forbidden_insert = [(place, field) for place, field in values if not field.createable]
        self._forbidden_update = [(place, field) for place, field in values if not field.updateable]
        self._required = [(place, field) for place, field in values if field.required]
        self._missing = [field.name for field in self._sobject.fields if field.required and field.name not in present]
        self._unique = [(place, field) for place, field in values if field.unique]
        self._references = [
            (place, one.field, one.lookup) for place, one in cells if one.field.type is FieldType.REFERENCE
        ]
        self._filled = [(place, self._default(field)) for place, field in values if self._default(field) is not None]
        constant = [
            field
            for field in self._sobject.stored
            if field.name not in present and self._default(field) is not None and not field.generated
        ]
        self._defaults: list[SqlValue] = [self._default(field) for field in constant]
        names = [
            "Id", "CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById",
            *(field.name for field in constant),
            *(field.name for _, field in values if field.createable),
        ]  # fmt: skip
        marks = ", ".join("?" * len(names))
        self._insert_sql = f"INSERT INTO {self._table} ({', '.join(map(quoted, names))}) VALUES ({marks})"

    def _default(self, field: Field) -> SqlValue:
        return self._user_id if field.name == "OwnerId" else field.default

    def save(self, rows: list[list[str]]) -> list[Outcome]:
        """Save up to CHUNK rows and tell what became of each, in order."""
        self._now = now_text()
        inserts: list[list[SqlValue]] = []
        fresh: set[tuple[str, str]] = set()
        outcomes: list[Outcome] = []
        for row in rows:
            texts = self._columns.texts(row)
            try:
                values = self._columns.convert(row, texts)
                if self._locked():
                    raise RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
                record_id, created = self._save_row(values, inserts, fresh)
            except RowError as error:
                known = self._known_id(texts)
                outcomes.append(Outcome(self._columns.echo_failed(row, texts), known, False, error))
            else:
                outcomes.append(Outcome(self._columns.echo(texts, values), record_id, created))
        if inserts:
            self._connection.executemany(self._insert_sql, inserts)
        self._ids.keep()
        return outcomes

    def _known_id(self, texts: list[str]) -> str:
        place = self._columns.id_place
        if place is None or place >= len(texts):
            return ""
        return canonical_id(texts[place]) or ""

    def _save_row(
        self, values: list[Cell], inserts: list[list[SqlValue]], fresh: set[tuple[str, str]]
    ) -> tuple[str, bool]:
        operation = self._operation
        if operation == "insert":
            if self._columns.id_place is not None and values[self._columns.id_place] is not None:
                raise RowError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")
            return self._insert(values, inserts, fresh), True
        if operation == "update":
            return self._update(self._existing_id(values, "update"), values), False
        if operation == "upsert":
            return self._upsert(values, inserts, fresh)
        return self._delete(values), False

    def _insert(self, values: list[Cell], inserts: list[list[SqlValue]], fresh: set[tuple[str, str]]) -> str:
        plain: list[SqlValue] = [None if isinstance(value, Clear) else value for value in values]
        missing = [field.name for place, field in self._required if plain[place] is None] + self._missing
        if missing:
            names = ", ".join(missing)
            raise RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{names}]", *missing)
        _refuse([field for place, field in self._forbidden_insert if plain[place] is not None])
        self._check_references(plain)
        for place, field in self._unique:
            value = plain[place]
            if value is not None:
                self._check_unique(field, value, "", fresh)
        for place, default in self._filled:
            if plain[place] is None:
                plain[place] = default
        record_id = self._ids.take(self._sobject.prefix)
        skipped = {self._columns.id_place, *(place for place, _ in self._forbidden_insert)}
        now, user = self._now, self._user_id
        inserts.append(
            [
                record_id, now, now, now, user, user, *self._defaults,
                *(value for place, value in enumerate(plain) if place not in skipped),
            ]
        )  # fmt: skip
        return record_id

    def _update(self, record_id: str, values: list[Cell]) -> str:
        self._check_alive(record_id)
        assigned: dict[str, SqlValue] = {}
        cleared = [field.name for place, field in self._required if isinstance(values[place], Clear)]
        if cleared:
            names = ", ".join(cleared)
            raise RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{names}]", *cleared)
        _refuse([field for place, field in self._forbidden_update if values[place] is not None])
        plain: list[SqlValue] = [None if isinstance(value, Clear) else value for value in values]
        self._check_references(plain)
        for place, field in self._unique:
            unique = plain[place]
            if unique is not None:
                self._check_unique(field, unique, record_id, None)
        for place, column in enumerate(self._columns.columns):
            if values[place] is not None and column.field.type is not FieldType.ID:
                assigned[column.field.name] = plain[place]
        names_key = tuple(assigned)
        sql = self._update_sql.get(names_key)
        if sql is None:
            sets = [f"{quoted(name)} = ?" for name in (*names_key, *_TOUCHED)]
            sql = f'UPDATE {self._table} SET {", ".join(sets)} WHERE "Id" = ?'
            self._update_sql[names_key] = sql
        now = self._now
        self._connection.execute(sql, (*assigned.values(), now, now, self._user_id, record_id))
        return record_id

    def _upsert(
        self, values: list[Cell], inserts: list[list[SqlValue]], fresh: set[tuple[str, str]]
    ) -> tuple[str, bool]:
        place, field = self._columns.external_place, self._columns.external
        if place is None or field is None:
            raise RowError("MISSING_ARGUMENT", "external id field not specified")
        value = values[place]
        if field.type is FieldType.ID:
            if value is None:
                return self._insert(values, inserts, fresh), True
            return self._update(self._existing_id(values, "upsert"), values), False
        if value is None or isinstance(value, Clear):
            raise RowError("MISSING_ARGUMENT", f"{field.name} not specified")
        key = (f"upsert {field.name}", str(value).lower())
        if key in fresh:
            raise RowError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", field.name)
        fresh.add(key)
        found = self._connection.execute(
            f'SELECT "Id" FROM {self._table} WHERE {quoted(field.name)} = ? AND "IsDeleted" = 0 LIMIT 11',
            (value,),
        ).fetchall()
        if len(found) > 1:
            ids = ", ".join(str(row[0]) for row in found)
            raise RowError(
                "DUPLICATE_EXTERNAL_ID",
                f"{field.title}: more than one record found for external id field: [{ids}]",
                field.name,
            )
        if found:
            return self._update(str(found[0][0]), values), False
        return self._insert(values, inserts, fresh), True

    def _delete(self, values: list[Cell]) -> str:
        record_id = self._existing_id(values, "delete")
        if self._operation == "hardDelete":
            done = self._connection.execute(f'DELETE FROM {self._table} WHERE "Id" = ?', (record_id,))
            if not done.rowcount:
                raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            return record_id
        self._check_alive(record_id)
        self._connection.execute(
            f'UPDATE {self._table} SET "IsDeleted" = 1, "LastModifiedDate" = ?, "SystemModstamp" = ?, '
            f'"LastModifiedById" = ? WHERE "Id" = ?',
            (self._now, self._now, self._user_id, record_id),
        )
        return record_id

    def _existing_id(self, values: list[Cell], call: str) -> str:
        place = self._columns.id_place
        value = values[place] if place is not None else None
        if not isinstance(value, str):
            article = "an" if call[0] in "aeiou" else "a"
            raise RowError("MISSING_ARGUMENT", f"Id not specified in {article} {call} call")
        if value[:3] != self._sobject.prefix:
            raise RowError("MALFORMED_ID", f"Record ID: id value of incorrect type: {value}", "Id")
        return value

    def _check_alive(self, record_id: str) -> None:
        row = self._connection.execute(f'SELECT "IsDeleted" FROM {self._table} WHERE "Id" = ?', (record_id,)).fetchone()
        if row is None:
            raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if row[0]:
            raise RowError("ENTITY_IS_DELETED", "entity is deleted")

    def _check_unique(self, field: Field, value: SqlValue, own_id: str, fresh: set[tuple[str, str]] | None) -> None:
        row = self._connection.execute(
            f'SELECT "Id" FROM {self._table} WHERE {quoted(field.name)} = ? AND "Id" <> ? AND "IsDeleted" = 0',
            (value, own_id),
        ).fetchone()
        key = (field.name, str(value).lower())
        if row is not None or (fresh is not None and key in fresh):
            other = str(row[0]) if row is not None else "<unknown>"
            raise RowError(
                "DUPLICATE_VALUE",
                f"duplicate value found: {field.name} duplicates value on record with id: {other}",
                field.name,
            )
        if fresh is not None:
            fresh.add(key)

    def _check_references(self, values: list[SqlValue]) -> None:
        for place, field, lookup in self._references:
            value = values[place]
            if value is None:
                continue
            if lookup is not None:
                values[place] = self._look_up(lookup, value)
            elif isinstance(value, str):
                self._check_target(field, value)

    def _look_up(self, lookup: Lookup, value: SqlValue) -> str:
        target, key = lookup.target, lookup.key
        row = self._connection.execute(
            f'SELECT "Id" FROM {quoted(target.name)} WHERE {quoted(key.name)} = ? AND "IsDeleted" = 0',
            (value,),
        ).fetchone()
        if row is None:
            raise RowError(
                "INVALID_FIELD",
                f"Foreign key external ID: {value} not found for field {key.name} in entity {target.name}",
            )
        return str(row[0])

    def _check_target(self, field: Field, record_id: str) -> None:
        if record_id not in self._known:
            target = self._schema.find(field.reference_to)
            if target is None or record_id[:3] != target.prefix:
                raise RowError("MALFORMED_ID", f"{field.title}: id value of incorrect type: {record_id}", field.name)
            found = self._connection.execute(
                f'SELECT 1 FROM {quoted(target.name)} WHERE "Id" = ? AND "IsDeleted" = 0', (record_id,)
            ).fetchone()
            if found is None:
                raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", field.name)
            if len(self._known) < _KNOWN_LIMIT:
                self._known.add(record_id)


def _refuse(fields: list[Field]) -> None:
    if fields:
        names = [field.name for field in fields]
        raise RowError(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of "
            f"this field and verify that it is read/write for your profile or permission set.",
            *names,
        )
