"""One Salesforce org: its records, jobs, tokens and planned trouble, opened and closed together."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from engine.errors import ConfigError
from engine.sandbox.salesforce.auth import Tokens
from engine.sandbox.salesforce.columns import CLEAR_TEXT, Columns
from engine.sandbox.salesforce.database import Database
from engine.sandbox.salesforce.datafile import Json, Records, load_org
from engine.sandbox.salesforce.errors import JobFailed, not_found
from engine.sandbox.salesforce.faults import Faults
from engine.sandbox.salesforce.ids import ORGANISATION_PREFIX, USER_PREFIX, canonical_id, make_id, number_of
from engine.sandbox.salesforce.ingest import IngestTask, run_ingest
from engine.sandbox.salesforce.jobs import Job, JobStore
from engine.sandbox.salesforce.processor import Pace, Processor
from engine.sandbox.salesforce.query import QueryTask, run_query
from engine.sandbox.salesforce.records import Outcome, RecordWriter
from engine.sandbox.salesforce.schema import Schema
from engine.sandbox.salesforce.settings import SandboxSettings
from engine.sandbox.salesforce.soql import compile_query, parse

ORGANISATION_ID = make_id(ORGANISATION_PREFIX, number_of("SIDcy"))
USER_ID = make_id(USER_PREFIX, number_of("SIDcy"))


class Org:
    """Everything behind the HTTP face. `open` before use, `close` at the end, both on the event loop."""

    __slots__ = (
        "_records", "_temporary", "calls", "database", "faults", "jobs", "processor", "schema", "settings",
        "tokens",
    )  # fmt: skip

    jobs: JobStore
    processor: Processor
    database: Database

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.schema: Schema
        self._records: Records
        self.schema, self._records = load_org(settings.data)
        self.tokens = Tokens(settings, ORGANISATION_ID)
        self.faults = Faults()
        self.calls = 0
        self._temporary: Path | None = None

    async def open(self) -> None:
        """Make or find the files, fill a new org, go on with jobs that were waiting.

        Raises ConfigError when a first record of the data file cannot be saved.
        """
        path = self.settings.database
        if path is None:
            self._temporary = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="salesforce-sandbox-"))
            path = self._temporary / "org.db"
        self.database = Database(path, self.schema)
        try:
            await asyncio.to_thread(self._prepare)
            self.jobs = JobStore(path.with_name(path.name + ".files"))
        except BaseException:
            await self._remove_temporary()
            raise
        pace = Pace(self.settings.processing_delay)
        self.processor = Processor(self.jobs, pace, self.settings.settle, self.work_of)
        self.processor.resume()

    async def close(self) -> None:
        """Stop work, let go of the files, remove temporary ones."""
        await self.processor.close()
        self.jobs.close()
        await self._remove_temporary()

    async def _remove_temporary(self) -> None:
        if self._temporary is not None:
            await asyncio.to_thread(shutil.rmtree, self._temporary)
            self._temporary = None

    def _prepare(self) -> None:
        if self.database.prepare():
            self.fill()

    def fill(self) -> None:
        """Save the first records: the demo user, the samples, those of the data file."""
        user: Records = {
            "User": [
                {
                    "Username": self.settings.username,
                    "FirstName": "Demo",
                    "LastName": "User",
                    "Alias": "demo",
                    "Email": self.settings.username,
                }
            ]
        }
        with self.database.writing() as connection:
            for name, rows in (user | self._records).items():
                for row in rows:
                    self._fill_one(connection, name, row)

    def _fill_one(self, connection: sqlite3.Connection, name: str, row: dict[str, Json]) -> None:
        try:
            error: Exception | None = self._save(connection, name, "insert", row).error
        except JobFailed as failure:
            error = failure
        if error is not None:
            raise ConfigError(f"record of {name} {json.dumps(row)}: {error}", file=str(self.settings.data or ""))

    def save(self, name: str, operation: str, body: dict[str, Json], external_id: str = "") -> Outcome:
        """Save one record given as JSON members, in a transaction of its own; blocking.

        A null or empty member clears the field. Raises JobFailed for a member that is no field.
        """
        with self.database.writing() as connection:
            return self._save(connection, name, operation, body, external_id)

    def _save(
        self,
        connection: sqlite3.Connection,
        name: str,
        operation: str,
        body: dict[str, Json],
        external_id: str = "",
    ) -> Outcome:
        sobject = self.schema.require(name)
        columns = Columns(list(body), sobject, self.schema, operation, external_id, numbered=False)
        row = [_cell(value) for value in body.values()]
        writer = RecordWriter(connection, self.schema, columns, operation, USER_ID)
        return writer.save([row])[0]

    def job(self, text: str, *, ingest: bool) -> Job:
        """The job that an id of 15 or 18 characters names. Raises ApiError (404)."""
        job_id = canonical_id(text)
        job = self.jobs.find(job_id) if job_id is not None else None
        if job is None or job.ingest is not ingest:
            raise not_found()
        return job

    def work_of(self, job: Job) -> Callable[[], None]:
        """What a worker has to do for a job."""
        folder = self.jobs.files(job)
        folder.mkdir(parents=True, exist_ok=True)
        if not job.ingest:
            query = compile_query(parse(job.query), self.schema, deleted_too=job.operation == "queryAll", bulk=True)
            task = QueryTask(self.database, query, job.delimiter, job.line_ending, folder)
            return partial(run_query, task, job.tally, job.cancelled)
        load = IngestTask(
            database=self.database,
            sobject=self.schema.require(job.sobject),
            operation=job.operation,
            external_id=job.external_id,
            delimiter=job.delimiter,
            line_ending=job.line_ending,
            folder=folder,
            user_id=USER_ID,
            strict_bom=self.settings.strict_bom,
            locked=self.faults.row_locked,
        )
        return partial(run_ingest, load, job.tally, job.cancelled)

    async def drop_job(self, job: Job) -> None:
        """Remove a job and its files."""
        await job.done.wait()
        self.jobs.remove(job)
        folder = self.jobs.files(job)
        if folder.exists():
            await asyncio.to_thread(shutil.rmtree, folder)

    async def reset(self) -> None:
        """Back to a new org: no jobs but those at work, the first records, no planned trouble."""
        self.faults.clear()
        for job in list(self.jobs.all()):
            if job.done.is_set():
                await self.drop_job(job)
        await asyncio.to_thread(self.database.clear)
        await asyncio.to_thread(self.fill)


def _cell(value: Json) -> str:
    if value is None or value == "":
        return CLEAR_TEXT
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
