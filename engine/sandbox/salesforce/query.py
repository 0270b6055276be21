"""The work of a query job, done in a worker thread: rows into one file, and an index to any page of it."""

from __future__ import annotations

import threading
from array import array
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.csv_codec import CsvFormat
from engine.sandbox.salesforce.database import Database
from engine.sandbox.salesforce.errors import ApiError
from engine.sandbox.salesforce.jobs import Tally
from engine.sandbox.salesforce.soql import CompiledQuery
from engine.sandbox.salesforce.values import csv_formatter

HEADER = "header.csv"
RESULTS = "results.csv"
INDEX = "results.index"
LAST_LOCATOR = "null"

_BLOCK = 500
_ENTRY = 8


@dataclass(frozen=True, slots=True)
class QueryTask:
    """Everything a worker needs to know of a query job."""

    database: Database
    query: CompiledQuery
    delimiter: str
    line_ending: str
    folder: Path


class Page(NamedTuple):
    """A stretch of the results file.

    Bytes from `start` to `stop`, `rows` rows, and where the next one begins.
    """

    start: int
    stop: int
    rows: int
    locator: str


def run_query(task: QueryTask, tally: Tally, cancelled: threading.Event) -> None:
    """Write the rows of a query to the job's folder, with the offset of each one beside it."""
    task.folder.mkdir(parents=True, exist_ok=True)
    layout = CsvFormat(task.delimiter, task.line_ending)
    names = [column.name for column in task.query.columns]
    (task.folder / HEADER).write_text(layout.row(names), encoding="utf-8", newline="")
    formatters = [csv_formatter(column.field) for column in task.query.columns]
    place = 0
    with (
        (task.folder / RESULTS).open("wb", buffering=1 << 18) as out,
        (task.folder / INDEX).open("wb", buffering=1 << 18) as index,
        task.database.reading() as connection,
    ):
        cursor = connection.execute(task.query.sql, task.query.values)
        while not cancelled.is_set() and (rows := cursor.fetchmany(_BLOCK)):
            offsets = array("Q")
            for row in rows:
                line = layout.row([write(value) for write, value in zip(formatters, row, strict=True)]).encode(
                    "utf-8", "replace"
                )
                offsets.append(place)
                place += len(line)
                out.write(line)
            index.write(offsets.tobytes())
            tally.processed += len(rows)
        index.write(array("Q", [place]).tobytes())


def find_page(folder: Path, locator: str, limit: int) -> Page:
    """The page that a locator names, the first one for an empty locator.

    Raises ApiError for an unknown locator.
    """
    with (folder / INDEX).open("rb") as index:
        total = index.seek(0, 2) // _ENTRY - 1
        first = _first_row(locator, total)
        last = min(first + limit, total)
        index.seek(first * _ENTRY)
        start = array("Q", index.read(_ENTRY))[0]
        index.seek(last * _ENTRY)
        stop = array("Q", index.read(_ENTRY))[0]
    return Page(start, stop, last - first, make_locator(last) if last < total else LAST_LOCATOR)


def make_locator(row: int) -> str:
    """The opaque name of the page that begins with that row."""
    return urlsafe_b64encode(str(row).encode()).decode().rstrip("=")


def _first_row(locator: str, total: int) -> int:
    if not locator:
        return 0
    try:
        row = int(urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except (Base64Error, ValueError):
        row = -1
    if not 0 < row < total or make_locator(row) != locator:
        raise ApiError(400, "INVALIDLOCATOR", errors.BAD_LOCATOR.format(locator=locator))
    return row
