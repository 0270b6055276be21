"""The work of an ingest job, done in a worker thread: uploaded rows into records and three result files."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from engine.sandbox.salesforce.columns import Columns
from engine.sandbox.salesforce.csv_codec import CsvFormat, CsvReader
from engine.sandbox.salesforce.database import Database, connect
from engine.sandbox.salesforce.errors import JobFailed
from engine.sandbox.salesforce.jobs import Tally
from engine.sandbox.salesforce.records import CHUNK, Outcome, RecordWriter, never_locked
from engine.sandbox.salesforce.schema import SObject

UPLOAD = "upload.csv"
SUCCESSFUL = "successful.csv"
FAILED = "failed.csv"
UNPROCESSED = "unprocessed.csv"

_CHUNKS_PER_COMMIT = 10


@dataclass(frozen=True, slots=True)
class IngestTask:
    """Everything a worker needs to know of an ingest job. `folder` holds its files."""

    database: Database
    sobject: SObject
    operation: str
    external_id: str
    delimiter: str
    line_ending: str
    folder: Path
    user_id: str
    strict_bom: bool = False
    locked: Callable[[], bool] = never_locked


class _Results:
    """The three files a load leaves behind."""

    __slots__ = ("_failed", "_format", "_successful", "_unprocessed")

    def __init__(self, task: IngestTask, stack: ExitStack) -> None:
        self._format = CsvFormat(task.delimiter, task.line_ending)
        self._successful = stack.enter_context(_writing(task.folder / SUCCESSFUL))
        self._failed = stack.enter_context(_writing(task.folder / FAILED))
        self._unprocessed = stack.enter_context(_writing(task.folder / UNPROCESSED))

    def start(self, header: list[str]) -> None:
        """Write the header lines."""
        self._successful.write(self._format.header(("sf__Id", "sf__Created"), header))
        self._failed.write(self._format.header(("sf__Id", "sf__Error"), header))
        if header:
            self._unprocessed.write(self._format.header((), header))

    def saved(self, outcomes: list[Outcome]) -> int:
        """Write what became of some rows; tells how many failed."""
        line = self._format.row
        good: list[str] = []
        bad: list[str] = []
        for cells, record_id, created, error in outcomes:
            if error is None:
                good.append(line([record_id, "true" if created else "false", *cells]))
            else:
                bad.append(line([record_id, str(error), *cells]))
        self._successful.writelines(good)
        self._failed.writelines(bad)
        return len(bad)

    def left(self, rows: list[list[str]]) -> None:
        """Write rows that were never tried."""
        self._unprocessed.writelines([self._format.row(row) for row in rows])


@contextmanager
def _writing(path: Path) -> Iterator[TextIO]:
    with path.open("w", encoding="utf-8", newline="", buffering=1 << 18) as handle:
        yield handle


def run_ingest(task: IngestTask, tally: Tally, cancelled: threading.Event) -> None:
    """Save the rows of an upload one chunk after the other until done or cancelled.

    Rows saved stay saved; what was not tried goes to the unprocessed file. Raises JobFailed when the job
    cannot go on.
    """
    with ExitStack() as stack:
        results = _Results(task, stack)
        upload = task.folder / UPLOAD
        if not upload.exists():
            results.start([])
            return
        handle = stack.enter_context(upload.open(encoding="utf-8", errors="replace", newline="\n"))
        reader = CsvReader(handle, task.delimiter, task.line_ending, strict_bom=task.strict_bom)
        try:
            columns = _read_header(task, reader, results)
            if not cancelled.is_set():
                _save_all(task, reader, columns, results, tally, cancelled)
        finally:
            reader.lenient = True
            while rows := reader.read(CHUNK):
                results.left(rows)


def _read_header(task: IngestTask, reader: CsvReader, results: _Results) -> Columns:
    try:
        reader.read_header()
    finally:
        results.start(reader.header)
    return Columns(reader.header, task.sobject, task.database.schema, task.operation, task.external_id)


def _save_all(
    task: IngestTask,
    reader: CsvReader,
    columns: Columns,
    results: _Results,
    tally: Tally,
    cancelled: threading.Event,
) -> None:
    connection = connect(task.database.path)
    failure: JobFailed | None = None
    try:
        writer = RecordWriter(connection, task.database.schema, columns, task.operation, task.user_id, task.locked)
        more = True
        while more and failure is None and not cancelled.is_set():
            connection.execute("BEGIN IMMEDIATE")
            more, failure = _save_some(reader, writer, results, tally, cancelled)
            connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.close()
    if failure is not None:
        raise failure


def _save_some(
    reader: CsvReader, writer: RecordWriter, results: _Results, tally: Tally, cancelled: threading.Event
) -> tuple[bool, JobFailed | None]:
    """One transaction's worth of chunks; tells whether there may be more and what ended the job."""
    for _ in range(_CHUNKS_PER_COMMIT):
        if cancelled.is_set():
            return False, None
        started = time.perf_counter()
        try:
            rows = reader.read(CHUNK)
        except JobFailed as failure:
            return False, failure
        if not rows:
            return False, None
        failed = results.saved(writer.save(rows))
        tally.processed += len(rows)
        tally.failed += failed
        tally.active_ms += max(1, round((time.perf_counter() - started) * 1000))
        time.sleep(0)  # lets the event loop have its turn between two chunks
    return True, None
