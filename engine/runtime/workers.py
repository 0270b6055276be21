"""Worker processes: started, watched, started again when they crash, stopped in order.

A worker talks with its supervisor over a pair of connected sockets, one JSON object a line. It gets its orders first,
reports whenever its state changes, and stops when it is told to or when the supervisor is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import engine

log = logging.getLogger("synflow.workers")

Message = dict[str, Any]
Report = Callable[[], None]

LINE_LIMIT = 1 << 26
KILL_SECONDS = 5.0
FATAL_EXIT = 2
"""Exit code of a worker that cannot start whatever happens: its settings are wrong, its address is taken."""


class Channel:
    """One end of the connection between supervisor and worker."""

    __slots__ = ("_reader", "_writer")

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, connected: socket.socket) -> Channel:
        """The channel over a connected socket, which it owns from now on."""
        connected.setblocking(False)
        return cls(*await asyncio.open_connection(sock=connected, limit=LINE_LIMIT))

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message; lost without a word when the other side has gone, whose end is noticed elsewhere."""
        if not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")

    async def receive(self) -> Message | None:
        """The next message; None when the other side has gone."""
        try:
            line = await self._reader.readline()
        except ConnectionError:
            return None
        if not line.endswith(b"\n"):
            return None
        message: Message = json.loads(line)
        return message

    async def aclose(self) -> None:
        """Hang up."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


class Worker:
    """One place for a worker: the process that fills it now, and what it reported last."""

    __slots__ = ("channel", "failures", "number", "process", "restarts", "state")

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: asyncio.subprocess.Process | None = None
        self.channel: Channel | None = None
        self.state: Message | None = None
        self.failures = 0
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The process id; None while there is no process."""
        return self.process.pid if self.process is not None else None


class Supervisor:
    """Keeps `count` workers running. `orders` is the first message that each gets.

    One worker at a time has the message `{"singletons": true}`: it runs what must run once (tasks, polling inbounds,
    message processors); when it dies another one gets it.
    """

    def __init__(
        self,
        count: int,
        orders: Mapping[str, Any],
        *,
        restart_delay: float = 0.2,
        max_restart_delay: float = 30.0,
        changed: Report | None = None,
        command: Sequence[str] = (sys.executable, "-P", "-m", "engine.worker"),
    ) -> None:
        self.workers = [Worker(number) for number in range(count)]
        self.fatal: str | None = None
        self.failed = asyncio.Event()
        self.traced: Callable[[Message], None] | None = None
        """Gets the traces that workers report."""
        self._orders = dict(orders)
        self._command = tuple(command)
        self._restart_delay = restart_delay
        self._max_restart_delay = max_restart_delay
        self._changed = changed or _nobody
        self._stopping = asyncio.Event()
        self._keeping: list[asyncio.Task[None]] = []
        self._leader: Worker | None = None

    def start(self) -> None:
        """Start all workers; `failed` is set when one cannot start for good."""
        self._keeping = [
            asyncio.create_task(self._keep(worker), name=f"synflow-worker-{worker.number}") for worker in self.workers
        ]

    @property
    def reports(self) -> list[Message]:
        """The last report of every worker that runs."""
        return [worker.state for worker in self.workers if worker.state is not None]

    @property
    def restarts(self) -> int:
        """How often a crashed worker was started again."""
        return sum(worker.restarts for worker in self.workers)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message to every worker."""
        for worker in self.workers:
            if worker.channel is not None:
                worker.channel.send(message)

    async def stop(self, seconds: float) -> None:
        """Let every worker finish what it does for `seconds`; what still runs then is killed."""
        self._stopping.set()
        self.tell({"stop": True})
        if not self._keeping:
            return
        _, late = await asyncio.wait(self._keeping, timeout=seconds + KILL_SECONDS)
        for worker in self.workers:
            if worker.process is not None and worker.process.returncode is None:
                log.warning("worker %d does not stop and is killed", worker.number)
                worker.process.kill()
        if late:
            await asyncio.wait(late)
        await asyncio.gather(*self._keeping)

    # -- one worker
    async def _keep(self, worker: Worker) -> None:
        """Run a worker, again and again, until stopping."""
        while not self._stopping.is_set():
            try:
                code = await self._run(worker)
                how = f"ended {_how(code)}"
            except OSError as error:  # the system has no process or descriptor left: tried again like a crash
                code, how = 0, f"could not be started: {error.strerror or error}"
            if self._stopping.is_set():
                return
            if code == FATAL_EXIT:
                self.fatal = self.fatal or f"worker {worker.number} cannot start; the log says why"
                self.failed.set()
                return
            delay = min(self._restart_delay * 2**worker.failures, self._max_restart_delay)
            worker.failures += 1
            worker.restarts += 1
            log.error("worker %d %s; it is started again in %.1f seconds", worker.number, how, delay)
            try:
                async with asyncio.timeout(delay):
                    await self._stopping.wait()
            except TimeoutError:
                log.debug("starting worker %d again", worker.number)

    async def _run(self, worker: Worker) -> int:
        """Start the process of a worker and listen to it until it ends; its exit code comes back."""
        ours, theirs = socket.socketpair()
        try:
            worker.process = await asyncio.create_subprocess_exec(
                *self._command,
                str(theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                env=worker_environment(),
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        log.info("worker %d is process %d", worker.number, worker.process.pid)
        channel = worker.channel = await Channel.over(ours)
        channel.send(self._orders)
        if self._stopping.is_set():
            channel.send({"stop": True})
        self._choose_leader()
        try:
            while (message := await channel.receive()) is not None:
                if "state" in message:
                    worker.state = dict(message["state"])
                    if worker.state.get("phase") == "serving":
                        worker.failures = 0
                    self._changed()
                elif "metrics" in message and worker.state is not None:
                    worker.state["metrics"] = message["metrics"]
                elif "trace" in message and self.traced is not None:
                    self.traced(message["trace"])
            return await worker.process.wait()
        finally:
            if worker.process.returncode is None:
                worker.process.kill()
                await worker.process.wait()
            await channel.aclose()
            worker.process = worker.channel = worker.state = None
            if self._leader is worker:
                self._leader = None
                self._choose_leader()
            self._changed()

    def _choose_leader(self) -> None:
        if self._leader is not None or self._stopping.is_set():
            return
        self._leader = next((worker for worker in self.workers if worker.channel is not None), None)
        if self._leader is not None and self._leader.channel is not None:
            self._leader.channel.send({"singletons": True})


def worker_environment() -> dict[str, str]:
    """The environment of a worker: ours, and this very package before any `engine` in the working directory."""
    root = str(Path(engine.__file__).parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


def _nobody() -> None:
    """Nobody wants to know of changes."""
