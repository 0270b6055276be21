"""What a run has at hand: back end, load generator, the servers to compare, and how they are measured side by side."""

from __future__ import annotations

import base64
import contextlib
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks import flows
from tests.benchmarks.machine import AROUND, SERVED, Child, free_port, get, python, until, wait_for_port
from tests.benchmarks.peers import node_red

CONNECTIONS = 64


@dataclass(slots=True)
class Server:
    """Somebody to measure: where it serves, and under which path."""

    name: str
    child: Child
    port: int
    path: str = "/"
    warm: bool = False


@dataclass(slots=True)
class Figures:
    """Medians of the rounds of one server: requests a second, processor time and latency of one."""

    rates: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    bad: int = 0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return statistics.median(self.rates)

    @property
    def cpu(self) -> float:
        """Microseconds of processor time a request."""
        return statistics.median(self.cpus)

    @property
    def p50(self) -> float:
        """Milliseconds."""
        return statistics.median(self.p50s)

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return statistics.median(self.p99s)

    def shown(self) -> dict[str, float]:
        """For the report."""
        return {
            "req/s": self.rate,
            "us": self.cpu,
            "p50 ms": self.p50,
            "p99 ms": self.p99,
            **({"bad": self.bad} if self.bad else {}),
        }


class Stage:
    """Starts what a measure asks for, once; `with` ends everything."""

    def __init__(self, *, quick: bool = False) -> None:
        self.quick = quick
        self.rounds = 1 if quick else 3
        self.seconds = 1.0 if quick else 2.0
        self._stack = contextlib.ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="synflow-bench-")))
        self._servers: dict[str, Server] = {}
        self._generator: Child | None = None
        self._back_end = 0

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def keep(self, child: Child) -> Child:
        """End this process with the stage."""
        return self._stack.enter_context(child)

    # -- the ends of the line
    @property
    def back_end(self) -> int:
        """The port of the back end."""
        if not self._back_end:
            port = free_port()
            child = self.keep(
                python("tests.benchmarks.peers.backend", port, cores=AROUND, log=self.folder / "backend.txt")
            )
            wait_for_port(port, child)
            self._back_end = port
        return self._back_end

    def order(self, **order: Any) -> dict[str, float]:
        """Have the load generator do something."""
        if self._generator is None:
            self._generator = self.keep(
                python("tests.benchmarks.peers.generator", cores=AROUND, talks=True, log=self.folder / "generator.txt")
            )
        return self._generator.ask(order)

    # -- servers
    def engine(self, path: str = "/") -> Server:
        """synflow with all flows of `flows.proxies`, seen through one of them."""
        shared = self._once("engine", self._start_engine)
        return Server("synflow", shared.child, shared.port, path, shared.warm)

    def _start_engine(self) -> Server:
        folder = self.folder / "flows"
        flows.write(folder, flows.proxies(self.back_end, self.folder))
        child, port, _ = start_engine(folder, self.folder / "engine.txt")
        self.keep(child)
        return Server("synflow", child, port)

    def bare(self, kind: str, name: str) -> Server:
        """A baseline of `peers.bare`."""

        def start() -> Server:
            port = free_port()
            child = self.keep(
                python("tests.benchmarks.peers.bare", kind, port, self.back_end, log=self.folder / f"{kind}.txt")
            )
            wait_for_port(port, child)
            return Server(name, child, port)

        return self._once(kind, start)

    def node_red(self, path: str) -> Server | None:
        """Node-RED, None when it is not installed."""
        if node_red.absent():
            return None
        shared = self._once("node-red", self._start_node_red)
        return Server("N", shared.child, shared.port, path)

    def _start_node_red(self) -> Server:
        port = free_port()
        child = self.keep(node_red.start(self.folder / "node-red", port, self.back_end))
        until(lambda: get(port, "/ping")[0] == 200, child, "Node-RED does not answer")
        return Server("N", child, port)

    def node_proxy(self) -> Server | None:
        """The streaming proxy of Node's own http, None without Node."""
        if node_red.absent():
            return None

        def start() -> Server:
            port = free_port()
            return Server("node", self.keep(node_red.start_proxy(self.folder, port, self.back_end)), port)

        return self._once("node", start)

    def _once(self, key: str, start: Callable[[], Server]) -> Server:
        if key not in self._servers:
            self._servers[key] = start()
        return self._servers[key]

    # -- measuring
    def compare(
        self, servers: Sequence[Server | None], body: bytes, media: str, *, connections: int = CONNECTIONS
    ) -> Mapping[str, Figures]:
        """The servers under the same load, one after the other in each of the rounds."""
        present = [each for each in servers if each is not None]
        results = {each.name: Figures() for each in present}
        order = {"do": "load", "body": base64.b64encode(body).decode(), "type": media, "connections": connections}
        for each in present:
            seconds = 3.0 if each.name in ("N", "node") and not self.quick else 1.0
            self.order(**order, port=each.port, path=each.path, seconds=seconds)
        for _ in range(self.rounds):
            for each in present:
                before = each.child.cpu()
                found = self.order(**order, port=each.port, path=each.path, seconds=self.seconds)
                spent = each.child.cpu() - before
                figures = results[each.name]
                figures.rates.append(found["rate"])
                figures.cpus.append(spent / found["requests"] * 1e6)
                figures.p50s.append(found["p50"])
                figures.p99s.append(found["p99"])
                figures.bad += int(found["bad"])
        return results


def start_engine(
    flows_folder: Path,
    log: Path,
    *options: str,
    cores: set[int] = SERVED,
    environment: Mapping[str, str] | None = None,
    wait: str = "/readiness",
) -> tuple[Child, int, int]:
    """`synflow run`, ready; the process and its two ports."""
    port, management = free_port(), free_port()
    child = python(
        "engine.cli",
        "run",
        flows_folder,
        "--port",
        port,
        "--management-port",
        management,
        *options,
        cores=cores,
        cwd=log.parent,
        log=log,
        environment=environment,
    )
    try:
        if wait:
            until(lambda: get(management, wait)[0] == 200, child, "synflow is not ready")
    except BaseException:
        child.stop()
        raise
    return child, port, management
