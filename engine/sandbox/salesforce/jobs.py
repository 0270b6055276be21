"""Jobs: what the API says about one, which change of state is allowed, and where they are kept."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.database import connect
from engine.sandbox.salesforce.errors import ApiError, job_state
from engine.sandbox.salesforce.ids import JOB_PREFIX, make_id, number_of
from engine.sandbox.salesforce.values import json_moment, moment_text, now_text

KEPT_DAYS = 7
_FIRST_JOB = number_of("Ihhl5")
_RUNTIME_ONLY = frozenset({"done", "wake", "cancelled", "tally", "uploading"})


class State(StrEnum):
    """Job states by their name on the wire."""

    OPEN = "Open"
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    JOB_COMPLETE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


TERMINAL = frozenset({State.JOB_COMPLETE, State.FAILED, State.ABORTED})
WAITING = frozenset({State.UPLOAD_COMPLETE, State.IN_PROGRESS})


@dataclass(slots=True)
class Tally:
    """Counts of a job under way; written by the worker, read by whoever asks."""

    processed: int = 0
    failed: int = 0
    active_ms: int = 0


@dataclass(slots=True)
class Job:
    """One ingest or query job.

    Only the event loop changes it; a worker writes to `tally` and watches `cancelled`.
    """

    id: str
    ingest: bool
    operation: str
    sobject: str
    created_by: str
    created: str
    version: str
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    external_id: str = ""
    assignment_rule: str = ""
    query: str = ""
    state: State = State.OPEN
    modified: str = ""
    error: str = ""
    uploaded: bool = False
    total_ms: int = 0
    active_ms: int = 0
    processed: int = 0
    failed: int = 0
    tally: Tally = field(default_factory=Tally)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    uploading: bool = False

    def short(self) -> dict[str, object]:
        """What PATCH answers with: it ends at apiVersion."""
        return self._members()

    def medium(self) -> dict[str, object]:
        """What a create answers with."""
        return self._members() | self._format()

    def entry(self) -> dict[str, object]:
        """What a list says: the medium form with the kind of job."""
        return self._members() | {"jobType": self.job_type} | self._format()

    def full(self) -> dict[str, object]:
        """Everything GET tells."""
        members = self.entry()
        if self.state not in (State.OPEN, State.UPLOAD_COMPLETE):
            members["numberRecordsProcessed"] = self.processed or self.tally.processed
            if self.ingest:
                members["numberRecordsFailed"] = self.failed or self.tally.failed
        members["retries"] = 0
        members["totalProcessingTime"] = self.total_ms
        if self.ingest:
            members["apiActiveProcessingTime"] = self.active_ms or self.tally.active_ms
            members["apexProcessingTime"] = 0
        if self.error:
            members["errorMessage"] = self.error
        return members

    @property
    def job_type(self) -> str:
        """The kind of job as the API calls it."""
        return "V2Ingest" if self.ingest else "V2Query"

    def _members(self) -> dict[str, object]:
        members: dict[str, object] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.sobject,
            "createdById": self.created_by,
            "createdDate": json_moment(self.created),
            "systemModstamp": json_moment(self.modified),
            "state": str(self.state),
        }
        if self.external_id:
            members["externalIdFieldName"] = self.external_id
        if self.assignment_rule:
            members["assignmentRuleId"] = self.assignment_rule
        return members | {
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
        }

    def _format(self) -> dict[str, object]:
        members: dict[str, object] = {}
        if self.ingest and self.state is State.OPEN:
            members["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
        return members | {"lineEnding": self.line_ending, "columnDelimiter": self.delimiter}


def check_upload(job: Job) -> None:
    """Raise unless the job may take its data now."""
    if job.state is not State.OPEN:
        raise job_state(errors.UPLOAD_CLOSED.format(state=job.state))
    if job.uploaded or job.uploading:
        raise job_state(errors.SECOND_UPLOAD.format(job=job.id))


def check_change(job: Job, wanted: str) -> State:
    """The state a PATCH asks for. Raises when there is no such change, or not now."""
    allowed = (State.UPLOAD_COMPLETE, State.ABORTED) if job.ingest else (State.ABORTED,)
    if wanted not in allowed:
        names = ", ".join(allowed)
        raise ApiError(400, "INVALIDJOBSTATE", f"Job state can only be changed to {names}")
    if wanted == State.ABORTED and job.state in TERMINAL:
        raise job_state(errors.ABORT_TERMINAL)
    if wanted == State.UPLOAD_COMPLETE and job.state is not State.OPEN:
        raise job_state(errors.CLOSE_CLOSED.format(state=job.state))
    if wanted == State.UPLOAD_COMPLETE and job.uploading:
        raise job_state(errors.CLOSE_CLOSED.format(state="uploading"))
    return State(wanted)


def check_delete(job: Job) -> None:
    """Raise unless the job may be deleted now."""
    if not job.ingest and job.state not in TERMINAL:
        raise ApiError(400, "API_ERROR", errors.DELETE_RUNNING_QUERY)
    if job.state in (State.OPEN, State.IN_PROGRESS):
        raise job_state(errors.DELETE_ACTIVE_JOB.format(state=job.state))


def check_results(job: Job) -> None:
    """Raise unless the job's results may be read now."""
    readable = TERMINAL if job.ingest else (State.JOB_COMPLETE,)
    if job.state not in readable:
        raise job_state(errors.RESULTS_EARLY.format(state=job.state))


class JobStore:
    """The jobs of one org, in memory and written through to SQLite; used by the event loop alone."""

    __slots__ = ("_connection", "_jobs", "_next", "folder")

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._jobs: dict[str, Job] = {}
        self._connection: sqlite3.Connection = connect(folder / "jobs.db")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS jobs (number INTEGER PRIMARY KEY, id TEXT UNIQUE, body TEXT NOT NULL)"
        )
        self._connection.execute("CREATE TABLE IF NOT EXISTS counter (next INTEGER NOT NULL)")
        row = self._connection.execute("SELECT max(next) FROM counter").fetchone()
        self._next: int = int(row[0]) if row[0] is not None else _FIRST_JOB
        self._load()

    def _load(self) -> None:
        oldest = moment_text(datetime.now(UTC) - timedelta(days=KEPT_DAYS))
        with closing(self._connection.execute("SELECT body FROM jobs ORDER BY number")) as cursor:
            bodies = [json.loads(row[0]) for row in cursor]
        for body in bodies:
            body["state"] = State(body["state"])
            job = Job(**body)
            if job.created >= oldest:
                self._jobs[job.id] = job
                if job.state in TERMINAL:
                    job.done.set()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def add(self, job: Job) -> None:
        """Keep a new job."""
        self._jobs[job.id] = job
        self.save(job)

    def next_id(self) -> str:
        """The id of a new job."""
        job_id = make_id(JOB_PREFIX, self._next)
        self._next += 1
        self._connection.execute("DELETE FROM counter")
        self._connection.execute("INSERT INTO counter (next) VALUES (?)", (self._next,))
        return job_id

    def save(self, job: Job, state: State | None = None) -> None:
        """Write a job down, in a new state when one is given, and stamp it."""
        if state is not None:
            job.state = state
        job.modified = now_text()
        body = {one.name: getattr(job, one.name) for one in fields(job) if one.name not in _RUNTIME_ONLY}
        self._connection.execute(
            "INSERT INTO jobs (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (job.id, json.dumps(body)),
        )

    def find(self, job_id: str) -> Job | None:
        """The job of that 18-character id."""
        return self._jobs.get(job_id)

    def remove(self, job: Job) -> None:
        """Forget a job; its folder is the caller's to remove."""
        del self._jobs[job.id]
        self._connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))

    def all(self) -> Iterable[Job]:
        """Every job, oldest first."""
        return self._jobs.values()

    def files(self, job: Job) -> Path:
        """The folder of a job's data."""
        return self.folder / job.id
