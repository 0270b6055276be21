"""Goals 8 to 12: large bodies, streamed, kept, converted and written to files."""

from __future__ import annotations

import json
import shutil
import statistics
import time
from pathlib import Path

from tests.benchmarks import flows
from tests.benchmarks.goals import goal
from tests.benchmarks.machine import SERVED, Child, exchange, python
from tests.benchmarks.result import Row
from tests.benchmarks.stage import Server, Stage, start_engine

MEGABYTES = 150


def rows_file(stage: Stage, megabytes: int) -> tuple[Path, int]:
    """A CSV of that size, made once."""
    path = stage.folder / f"rows{megabytes}.csv"
    return path, path.stat().st_size if path.exists() else flows.csv_file(path, megabytes)


def upload(stage: Stage, server: Server, file: Path, size: int, parallel: int = 1) -> tuple[float, float]:
    """Seconds of processor time and growth in MB while bodies of that size stream through."""
    warm = stage.order(do="upload", port=server.port, path=server.path, type="text/csv", file=str(file), size=1 << 20)
    assert not warm["bad"], f"{server.name} refused an upload of 1 MB"
    start = server.child.forget_peak()
    before = server.child.cpu()
    found = stage.order(
        do="upload", port=server.port, path=server.path, type="text/csv", file=str(file), size=size, parallel=parallel
    )
    assert not found["bad"], f"{server.name} refused an upload"
    return found["seconds"], server.child.peak() - start if before >= 0 else 0.0


def fresh_engine(stage: Stage, path: str) -> Server:
    """An engine of its own, so that its memory tells about this measure only."""
    folder = stage.folder / "flows"
    flows.write(folder, flows.proxies(stage.back_end, stage.folder))
    child, port, _ = start_engine(folder, stage.folder / "bulk.txt")
    return Server("synflow", child, port, path)


@goal(8)
def csv_to_json(stage: Stage) -> list[Row]:
    """CSV to a JSON array, as fast as the loop allows, in processes of their own."""
    path, size = rows_file(stage, 20 if stage.quick else 100)
    seconds: dict[str, list[float]] = {"synflow": [], "plain": []}
    growth = 0.0
    for _ in range(stage.rounds):
        for name, taken in seconds.items():
            with python("tests.benchmarks.peers.csv_task", name, path, talks=True, cores=SERVED) as task:
                assert task.process.stdout is not None
                found = json.loads(task.process.stdout.readline())
                taken.append(found["seconds"])
                if name == "synflow":
                    growth = max(growth, found["growth"])
    own, plain = (statistics.median(seconds[name]) for name in ("synflow", "plain"))
    megabytes = size / (1 << 20)
    detail = {"synflow": {"MB/s": megabytes / own}, "plain": {"MB/s": megabytes / plain}}
    scenario = f"CSV to JSON, {megabytes:.0f} MB"
    return [
        Row(
            8,
            scenario,
            "time of csv.reader, dict(zip), orjson / time of synflow",
            plain / own,
            1.0,
            1.25,
            detail=detail,
        ),
        Row(8, scenario, "growth, MB", growth, None, 16, less_is_better=True),
    ]


@goal(9)
def body_to_file(stage: Stage) -> list[Row]:
    """A body straight to a file."""
    megabytes = 20 if stage.quick else MEGABYTES
    file, size = rows_file(stage, megabytes)
    copies, own, growth = [], [], 0.0
    server = fresh_engine(stage, "/tofile")
    with server.child:
        for _ in range(stage.rounds):
            began = time.perf_counter()
            shutil.copyfile(file, stage.folder / "copy.csv")
            copies.append(time.perf_counter() - began)
            seconds, grown = upload(stage, server, file, size)
            growth = max(growth, grown)
            own.append(seconds)
    written = (stage.folder / "out.csv").stat().st_size
    assert written == size, f"{written} bytes were written, {size} sent"
    copied, took = statistics.median(copies), statistics.median(own)
    detail = {"synflow": {"MB/s": megabytes / took}, "copy": {"MB/s": megabytes / copied}}
    scenario = f"body to a file, {megabytes} MB"
    return [
        Row(9, scenario, "time of a file copy / time of synflow", copied / took, 0.25, 0.4, 0.6, detail=detail),
        Row(9, scenario, "growth, MB", growth, None, 8, less_is_better=True),
    ]


@goal(10)
def upload_untouched(stage: Stage) -> list[Row]:
    """A large body through to the back end."""
    megabytes = 20 if stage.quick else MEGABYTES
    file, size = rows_file(stage, megabytes)
    own, base, growth = [], [], 0.0
    peer = stage.bare("httpx-stream", "S")
    server = fresh_engine(stage, "/sink")
    with server.child:
        for _ in range(stage.rounds):
            base.append(upload(stage, peer, file, size)[0])
            seconds, grown = upload(stage, server, file, size)
            own.append(seconds)
            growth = max(growth, grown)
    took, starlette = statistics.median(own), statistics.median(base)
    detail = {"synflow": {"MB/s": megabytes / took}, "Starlette, httpx": {"MB/s": megabytes / starlette}}
    scenario = f"upload untouched, {megabytes} MB"
    return [
        Row(10, scenario, "time of Starlette to httpx / time of synflow", starlette / took, None, 0.8, detail=detail),
        Row(10, scenario, "growth, MB", growth, 24, 8, less_is_better=True),
    ]


@goal(11)
def upload_kept(stage: Stage) -> list[Row]:
    """A large body that enrich copied into a property."""
    megabytes = 20 if stage.quick else MEGABYTES
    file, size = rows_file(stage, megabytes)
    server = fresh_engine(stage, "/spill")
    rates, growth = [], 0.0
    with server.child:
        for _ in range(stage.rounds):
            seconds, grown = upload(stage, server, file, size)
            rates.append(megabytes / seconds)
            growth = max(growth, grown)
    scenario = f"upload kept in a property, {megabytes} MB"
    return [
        Row(11, scenario, "MB/s", statistics.median(rates), None, 250, 400),
        Row(11, scenario, "growth, MB", growth, 32, 16, less_is_better=True),
    ]


@goal(12)
def uploads_at_once(stage: Stage) -> list[Row]:
    """Eight large bodies at once."""
    megabytes = 20 if stage.quick else MEGABYTES
    file, size = rows_file(stage, megabytes)
    server = fresh_engine(stage, "/spill")
    with server.child:
        seconds, growth = upload(stage, server, file, size, parallel=8)
    detail = {"synflow": {"MB/s": 8 * megabytes / seconds}}
    return [
        Row(
            12,
            f"eight uploads kept in properties, {megabytes} MB each",
            "growth, MB",
            growth,
            128,
            64,
            32,
            less_is_better=True,
            detail=detail,
        )
    ]


def big_conversion(child: Child, port: int) -> None:
    """Have the engine turn a large CSV file into JSON, and drop the answer."""
    status, _ = exchange(port, f"GET /csv HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    assert status == 200, f"the conversion was answered with {status}"
    assert child.process.poll() is None
