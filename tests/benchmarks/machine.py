"""Processes under measurement: pinned to one core, their processor time and memory read from /proc."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
DEADLINE = 60.0
_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SERVED = set(_CORES[:1])
"""The core of what is measured."""
AROUND = set(_CORES[1:2]) or SERVED
"""The core of load generator and back end."""

_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPATH": str(ROOT),
}
"""Byte code is kept, as in an installed program; without, starts would measure the compiler."""


class Child:
    """A process on one core; `with` ends it."""

    def __init__(
        self,
        command: Sequence[str],
        cores: set[int],
        *,
        cwd: Path = ROOT,
        log: Path | None = None,
        talks: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        def pin() -> None:
            if cores:
                os.sched_setaffinity(0, cores)

        self._log: IO[bytes] | None = log.open("ab") if log is not None else None
        self.log = log
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            list(command),
            cwd=cwd,
            preexec_fn=pin,
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if talks else (self._log or subprocess.DEVNULL),
            stderr=self._log or subprocess.DEVNULL,
            env={**_ENVIRONMENT, **(environment or {})},
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process, in order if it listens to that."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self._log):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def ask(self, order: Mapping[str, Any]) -> dict[str, float]:
        """Give an order to a process that talks JSON lines, return its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            log = self.log.read_text()[-2000:] if self.log is not None else ""
            raise RuntimeError(f"the load generator ended\n{log}")
        answer: dict[str, float] = json.loads(line)
        return answer

    # -- what /proc says
    def cpu(self) -> float:
        """Seconds of processor time so far, all threads."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError):
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory(self) -> float:
        """Resident memory in MB."""
        return self._status("VmRSS")

    def peak(self) -> float:
        """Highest resident memory since the start or `forget_peak`, in MB."""
        return self._status("VmHWM")

    def forget_peak(self) -> float:
        """Let `peak` begin anew; returns resident memory now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.memory()

    def _status(self, field: str) -> float:
        text = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)
        assert found is not None, text
        return int(found[1]) / 1024


def python(module: str, *arguments: object, cores: set[int] = SERVED, **more: Any) -> Child:
    """`python -m module arguments` of this source tree."""
    return Child([sys.executable, "-m", module, *map(str, arguments)], cores, **more)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for_port(port: int, child: Child) -> None:
    """Return once something accepts connections there."""
    until(lambda: _accepts(port), child, f"nothing listens on port {port}")


def until(condition: Callable[[], bool], child: Child | None, otherwise: str, pause: float = 0.002) -> None:
    """Wait for a condition; raises RuntimeError when it does not come or the process ends."""
    end = time.perf_counter() + DEADLINE
    while not condition():
        ended = child is not None and child.process.poll() is not None
        if ended or time.perf_counter() > end:
            log = child.log.read_text()[-2000:] if child is not None and child.log is not None else ""
            raise RuntimeError(f"{otherwise}\n{log}")
        time.sleep(pause)


def _accepts(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1.0)
        return tried.connect_ex(("127.0.0.1", port)) == 0


def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of a GET on a new connection; status 0 when there is no answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    return exchange(port, request)


def exchange(port: int, request: bytes) -> tuple[int, bytes]:
    """Status and body of one whole request that asks for the connection to be closed."""
    try:
        with socket.create_connection(("127.0.0.1", port), DEADLINE) as opened:
            opened.sendall(request)
            data = b""
            while piece := opened.recv(1 << 20):
                data += piece
    except OSError:
        return 0, b""
    head, _, body = data.partition(b"\r\n\r\n")
    return (int(head[9:12]) if len(head) >= 12 else 0), body


@contextlib.contextmanager
def stopped_together() -> Iterator[contextlib.ExitStack]:
    """Children started within end together."""
    with contextlib.ExitStack() as stack:
        yield stack


def versions() -> dict[str, str]:
    """What was measured, and on what."""
    found = {"python": platform.python_version(), "system": platform.platform(), "cores": str(len(_CORES))}
    for name in ("uvicorn", "uvloop", "httptools", "aiohttp", "httpx", "starlette", "lxml", "orjson", "watchfiles"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found["commit"] = commit.stdout.strip() or "unknown"
    return found
