"""The org's records in SQLite: one table an object, opened anew by each thread that needs it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.sandbox.salesforce.ids import make_id, number_of
from engine.sandbox.salesforce.schema import Field, Schema, SObject

BUSY_SECONDS = 30.0
_FIRST_NUMBER = number_of("SIDcy")
_SEQUENCE = "CREATE TABLE IF NOT EXISTS id_sequence (prefix TEXT PRIMARY KEY, next INTEGER NOT NULL)"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def connect(path: Path) -> sqlite3.Connection:
    """A connection of its own for the calling thread; transactions are begun and ended by hand."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


class IdSource:
    """Hands out record ids inside a write transaction; `keep` stores how far it got."""

    __slots__ = ("_connection", "_next")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._next: dict[str, int] = {}

    def take(self, prefix: str) -> str:
        """The next id of that kind."""
        number = self._next.get(prefix)
        if number is None:
            row = self._connection.execute("SELECT next FROM id_sequence WHERE prefix = ?", (prefix,)).fetchone()
            number = int(row[0]) if row else _FIRST_NUMBER
        self._next[prefix] = number + 1
        return make_id(prefix, number)

    def keep(self) -> None:
        """Store the counters, in the caller's transaction, and read them afresh in the next one."""
        self._connection.executemany(
            "INSERT INTO id_sequence (prefix, next) VALUES (?, ?) "
            "ON CONFLICT (prefix) DO UPDATE SET next = excluded.next",
            list(self._next.items()),
        )
        self._next.clear()


class Database:
    """The file with the records; knows its tables, holds no connection."""

    __slots__ = ("path", "schema")

    def __init__(self, path: Path, schema: Schema) -> None:
        self.path = path
        self.schema = schema

    def prepare(self) -> bool:
        """Make missing tables and columns; tells whether nothing was ever saved here."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.writing() as connection:
            connection.execute(_SEQUENCE)
            for sobject in self.schema:
                _prepare_table(connection, sobject)
            return connection.execute("SELECT 1 FROM id_sequence").fetchone() is None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the data from its first query to its end."""
        connection = connect(self.path)
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one write transaction, committed at the end, rolled back on an exception."""
        connection = connect(self.path)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()

    def clear(self) -> None:
        """Remove every record; ids go on counting."""
        with self.writing() as connection:
            for sobject in self.schema:
                connection.execute(f"DELETE FROM {quoted(sobject.name)}")


def _prepare_table(connection: sqlite3.Connection, sobject: SObject) -> None:
    table = quoted(sobject.name)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (seq INTEGER PRIMARY KEY)")
    present = {str(row[1]).lower() for row in connection.execute(f"PRAGMA table_xinfo({table})")}
    plain_first = sorted(sobject.stored, key=lambda one: bool(one.generated))
    for field in plain_first:
        if field.name.lower() not in present:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {_column(field)}")
    connection.execute(f"CREATE UNIQUE INDEX IF NOT EXISTS {quoted(sobject.name + '.Id')} ON {table} ({quoted('Id')})")
    for field in sobject.stored:
        if field.external_id or field.unique:
            index = quoted(f"{sobject.name}.{field.name}")
            connection.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {table} ({quoted(field.name)})")


def _column(field: Field) -> str:
    if field.generated:
        return f"{quoted(field.name)} {field.type.sql} GENERATED ALWAYS AS ({field.generated}) VIRTUAL"
    return f"{quoted(field.name)} {field.type.sql}"
