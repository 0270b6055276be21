"""The `synflow` program as a process of its own, on free ports."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0
NS = 'xmlns="http://ws.apache.org/ns/synapse"'


def status_api(name: str, context: str, status: int, extra: str = "") -> str:
    """An API whose GET answers with this status."""
    return (
        f'<api {NS} name="{name}" context="{context}"><resource methods="GET POST"><inSequence>{extra}'
        f'<property name="HTTP_SC" value="{status}" scope="axis2"/><respond/></inSequence></resource></api>'
    )


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that runs this source tree."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNFLOW_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **more}


def synflow(*args: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "engine.cli", *args],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=DEADLINE * 2,
        check=False,
    )


class Program:
    """A running `synflow`; its log is collected line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    @property
    def log(self) -> str:
        """Everything written to standard error so far."""
        return "\n".join(self.lines)

    def wait_for(self, pattern: str, count: int = 1) -> list[re.Match[str]]:
        """The first `count` matches in the log; fails when they do not come in time."""
        with self._changed:
            end = time.monotonic() + DEADLINE
            while len(found := list(re.finditer(pattern, self.log))) < count:
                left = end - time.monotonic()
                assert left > 0, f"no {count} x {pattern!r} in:\n{self.log}"
                assert self.process.poll() is None or self._reader.is_alive(), f"ended without {pattern!r}:\n{self.log}"
                self._changed.wait(min(left, 0.2))
        return found[:count]

    @property
    def port(self) -> int:
        """The port of the flows."""
        return int(self.wait_for(r"started in [\d.]+ seconds: http://127\.0\.0\.1:(\d+)")[0].group(1))

    @property
    def management_port(self) -> int:
        """The management port."""
        return int(self.wait_for(r"management on http://127\.0\.0\.1:(\d+)/")[0].group(1))

    def get(self, path: str, *, management: bool = False) -> tuple[int, bytes]:
        """Status and body of a GET over a new connection."""
        connection = HTTPConnection("127.0.0.1", self.management_port if management else self.port, timeout=DEADLINE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """What /readiness says."""
        status, body = self.get("/readiness", management=True)
        return status, json.loads(body)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition; fails when it does not come in time."""
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"the condition did not come; log:\n{self.log}"
            time.sleep(0.01)

    def until_ready(self) -> None:
        """Wait for 200 of /readiness."""
        self.until(lambda: self.readiness()[0] == 200)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        return code


@contextmanager
def running(*args: str, cwd: Path, **env: str) -> Iterator[Program]:
    """`synflow run ARGS` on free ports."""
    with subprocess.Popen(
        [sys.executable, "-m", "engine.cli", "run", "--port", "0", "--management-port", "0", *args],
        cwd=cwd,
        env=environment(**env),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        program = Program(process)
        try:
            yield program
        finally:
            if process.poll() is None:
                process.kill()
