"""Goals 13 to 15: from the start of the process to the first reply, and the memory of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import flows, project
from tests.benchmarks.flows import json_document
from tests.benchmarks.goals import goal
from tests.benchmarks.machine import SERVED, Child, free_port, get, python, until
from tests.benchmarks.peers import node_red
from tests.benchmarks.result import Row, skipped
from tests.benchmarks.stage import CONNECTIONS, Server, Stage, start_engine

_PAUSE = 0.001


def first_reply(start: Callable[[int], Child], path: str) -> float:
    """Seconds from the start of the process to its first reply."""
    port = free_port()
    with start(port) as child:
        until(lambda: get(port, path)[0] == 200, child, "no first reply", _PAUSE)
        return time.perf_counter() - child.began


@goal(13)
def start(stage: Stage) -> list[Row]:
    """The sample flows."""
    folder = stage.folder / "sample" / "flows"
    flows.sample(folder)

    def synflow(port: int) -> Child:
        return python(
            "engine.cli",
            "run",
            folder,
            "--port",
            port,
            "--management-port",
            free_port(),
            cwd=folder.parent,
            log=stage.folder / "start.txt",
        )

    def bare(port: int) -> Child:
        return python("tests.benchmarks.peers.bare", "starlette-start", port, 1)

    def red(port: int) -> Child:
        home = stage.folder / f"red-{port}"
        return Child(node_red.prepare(home, port, 1), SERVED, cwd=home)

    taken: dict[str, list[float]] = {"synflow": [], "Starlette": []}
    for _ in range(max(3, 2 * stage.rounds)):
        taken["synflow"].append(first_reply(synflow, "/ping"))
        taken["Starlette"].append(first_reply(bare, "/"))
    reason = node_red.absent()
    if not reason:
        taken["N"] = [first_reply(red, "/ping") for _ in range(stage.rounds)]
    medians = {name: statistics.median(values) for name, values in taken.items()}
    own = medians["synflow"]
    scenario = "start to first reply, sample flows"
    made = [
        Row(
            13,
            scenario,
            "ms",
            own * 1e3,
            600,
            None,
            200,
            less_is_better=True,
            detail={name: {"ms": value * 1e3} for name, value in medians.items()},
        ),
        Row(
            13,
            scenario,
            "time / uvicorn, Starlette, httpx, lxml",
            own / medians["Starlette"],
            None,
            1.3,
            less_is_better=True,
        ),
    ]
    if reason:
        made.append(skipped(13, scenario, reason))
    else:
        made.append(Row(13, scenario, "time / Node-RED", own / medians["N"], None, 0.4, less_is_better=True))
    return made


@goal(14)
def memory(stage: Stage) -> list[Row]:
    """Idle after the first reply, and while requests pass through."""
    folder = stage.folder / "memory"
    flows.sample(folder)
    flows.write(folder, {"pass.xml": flows.proxies(stage.back_end, stage.folder)["pass.xml"]})
    child, port, _ = start_engine(folder, stage.folder / "memory.txt")
    with child:
        assert get(port, "/ping")[0] == 200
        idle = child.forget_peak()
        stage.compare(
            [Server("synflow", child, port, "/pass")], json_document(1024), "application/json", connections=CONNECTIONS
        )
        loaded = child.peak()
    return [
        Row(14, "memory, sample flows, idle", "MB", idle, 70, 50, 40, less_is_better=True),
        Row(14, "memory, sample flows, under load", "MB", loaded, 90, 60, 48, less_is_better=True),
    ]


def parsing(folder: Path) -> float:
    """Seconds to read and parse all files of a folder with lxml, in this process."""
    from lxml import etree

    began = time.perf_counter()
    for file in sorted(folder.iterdir()):
        etree.fromstring(file.read_bytes())
    return time.perf_counter() - began


@goal(15)
def many_files(stage: Stage) -> list[Row]:
    """A thousand definitions."""
    folder = stage.folder / "thousand"
    project.write_thousand(folder)
    own, ready, base = [], [], []
    for _ in range(max(3, stage.rounds)):
        base.append(parsing(folder))
        began = time.perf_counter()
        child, _, _ = start_engine(folder, stage.folder / "thousand.txt")
        with child:
            own.append(time.perf_counter() - began)
            ready.append(child.cpu())
    took, parsed = statistics.median(own), statistics.median(base)
    detail = {"synflow": {"ms": took * 1e3, "cpu ms": statistics.median(ready) * 1e3}, "lxml": {"ms": parsed * 1e3}}
    scenario = "1,000 files, start to ready"
    return [
        Row(15, scenario, "seconds", took, 2, less_is_better=True, note=project.described(folder), detail=detail),
        Row(15, scenario, "time / reading and parsing them", took / parsed, None, 6, 4, less_is_better=True),
    ]
