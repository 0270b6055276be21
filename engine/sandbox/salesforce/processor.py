"""Takes closed jobs through their states: waiting, working in a thread, done."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from engine.sandbox.salesforce import errors
from engine.sandbox.salesforce.errors import JobFailed
from engine.sandbox.salesforce.jobs import TERMINAL, WAITING, Job, JobStore, State

_log = logging.getLogger("synflow.sandbox.salesforce")

Work = Callable[[], None]
_T = TypeVar("_T")


class Pace:
    """How fast jobs go, changeable while the sandbox runs.

    `delay` in seconds, `held` keeps jobs InProgress.
    """

    __slots__ = ("_moved", "delay", "held")

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.held = False
        self._moved = asyncio.Event()

    @property
    def instant(self) -> bool:
        """Whether a closed job may be expected to end at once."""
        return not self.held and self.delay <= 0

    def change(self, *, delay: float | None = None, held: bool | None = None) -> None:
        """Set one or both and let waiting jobs look again."""
        if delay is not None:
            self.delay = delay
        if held is not None:
            self.held = held
        self._moved.set()
        self._moved = asyncio.Event()

    async def moved(self) -> None:
        """Return at the next change."""
        await self._moved.wait()


class Processor:
    """Runs the jobs of one org.

    Loads go one after the other, since SQLite has one writer; queries go beside them.
    """

    __slots__ = ("_executor", "_loads", "_queries", "_settle", "_store", "_tasks", "_work_of", "pace")

    def __init__(self, store: JobStore, pace: Pace, settle: float, work_of: Callable[[Job], Work]) -> None:
        self._store = store
        self.pace = pace
        self._settle = settle
        self._work_of = work_of
        self._tasks: set[asyncio.Task[None]] = set()
        self._executor = ThreadPoolExecutor(3, thread_name_prefix="salesforce-sandbox")
        self._loads = asyncio.Semaphore(1)
        self._queries = asyncio.Semaphore(2)

    def resume(self) -> None:
        """Go on after a restart: waiting jobs start anew, those that were at work have failed."""
        for job in list(self._store.all()):
            if job.state is State.UPLOAD_COMPLETE:
                self.submit(job)
            elif job.state is State.IN_PROGRESS:
                job.error = errors.RESTARTED
                self._store.save(job, State.FAILED)
                job.done.set()

    def submit(self, job: Job) -> None:
        """Start a closed job, or an aborted one whose files are still to be written."""
        task = asyncio.get_running_loop().create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def abort(self, job: Job) -> None:
        """Stop a job. Rows saved so far stay saved, the others become unprocessed records."""
        fresh = job.state is State.OPEN
        self._store.save(job, State.ABORTED)
        job.cancelled.set()
        job.wake.set()
        if fresh:
            self.submit(job)

    async def settled(self, job: Job) -> None:
        """Give an instant job the time to end before somebody looks at it."""
        if job.done.is_set() or job.state is State.OPEN or (job.state in WAITING and not self.pace.instant):
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(job.done.wait(), self._settle)

    async def in_thread(self, call: Callable[[], _T]) -> _T:
        """Do blocking work beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    async def close(self) -> None:
        """Stop all work; jobs that were at work are found failed by the next start."""
        for job in self._store.all():
            if job.state in WAITING:
                job.cancelled.set()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._executor.shutdown, wait=True)

    async def _run(self, job: Job) -> None:
        started = time.perf_counter()
        await self._pause(job)
        if job.state is State.UPLOAD_COMPLETE:
            self._store.save(job, State.IN_PROGRESS)
        await self._pause(job)
        await self._released(job)
        async with self._loads if job.ingest else self._queries:
            outcome, error = await self._work(job)
        if job.state not in TERMINAL:
            job.state, job.error = outcome, error
        job.processed, job.failed = job.tally.processed, job.tally.failed
        job.active_ms = job.tally.active_ms
        job.total_ms = max(1, round((time.perf_counter() - started) * 1000))
        self._store.save(job)
        job.done.set()

    async def _work(self, job: Job) -> tuple[State, str]:
        try:
            await self.in_thread(self._work_of(job))
        except JobFailed as failure:
            return State.FAILED, str(failure)
        except Exception:
            _log.exception("job %s of %s broke off", job.id, job.sobject)
            return State.FAILED, "InternalServerError : An unexpected error occurred"
        return State.JOB_COMPLETE, ""

    async def _pause(self, job: Job) -> None:
        """Let half of the delay pass, as it is set by then; an abort ends it."""
        began = time.monotonic()
        while not job.cancelled.is_set():
            left = began + self.pace.delay / 2 - time.monotonic()
            if left <= 0:
                return
            await self._news(job, left)

    async def _released(self, job: Job) -> None:
        while self.pace.held and not job.cancelled.is_set():
            await self._news(job, None)

    async def _news(self, job: Job, seconds: float | None) -> None:
        """Return when the pace changed, the job was aborted or the time is over."""
        waits = [asyncio.ensure_future(self.pace.moved()), asyncio.ensure_future(job.wake.wait())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
