"""Goals 19 to 21: many messages at once, long work beside short, and what is switched off."""

from __future__ import annotations

import shutil
import statistics
import threading

from tests.benchmarks.flows import json_document
from tests.benchmarks.goals import goal
from tests.benchmarks.goals.bulk import big_conversion, fresh_engine, rows_file
from tests.benchmarks.goals.reloading import _coded
from tests.benchmarks.machine import SERVED, python
from tests.benchmarks.result import Row
from tests.benchmarks.stage import Stage

_IN_FLIGHT = 1000


@goal(19)
def in_flight(stage: Stage) -> list[Row]:
    """A thousand requests in flight, one a connection, for some seconds; the back end answers after a second.

    The first two seconds warm up: the thousand begin at once, and the connections to the back end are made. What that
    comes to is shown beside it, as a burst that begins and ends together.
    """
    server = fresh_engine(stage, "/late")
    order = {"port": server.port, "path": "/late", "method": "GET"}
    rates, bursts, growth = [], [], 0.0
    with server.child:
        stage.order(do="burst", **order, count=50)
        for _ in range(stage.rounds):
            start = server.child.forget_peak()
            burst = stage.order(do="burst", **order, count=_IN_FLIGHT)
            found = stage.order(do="load", **order, connections=_IN_FLIGHT, seconds=5 if stage.quick else 10, warm=2)
            assert not burst["bad"] + found["bad"], f"{burst['bad'] + found['bad']:.0f} bad replies"
            bursts.append(burst["rate"])
            # In a window of whole seconds replies come in whole rounds: how long one is in flight tells more.
            rates.append(_IN_FLIGHT / found["mean"] * 1e3)
            growth = max(growth, (server.child.peak() - start) * 1024 / _IN_FLIGHT)
    # A message takes at least the second of the back end: of a rate of 1,000/s, this is what is left.
    scenario = f"{_IN_FLIGHT} in flight, back end answers after 1 s"
    return [
        Row(19, scenario, "replies/s", statistics.median(rates), 900, 950, 980),
        Row(19, f"{_IN_FLIGHT} at once, back end answers after 1 s", "replies/s", statistics.median(bursts)),
        Row(19, scenario, "growth, KB a message", growth, None, 60, less_is_better=True),
    ]


@goal(20)
def beside_long_work(stage: Stage) -> list[Row]:
    """Requests pass through while a large CSV becomes JSON."""
    file, _ = rows_file(stage, 20 if stage.quick else 100)
    shutil.copyfile(file, stage.folder / "rows.csv")
    server = fresh_engine(stage, "/pass")
    order = {"do": "load", "port": server.port, "path": "/pass", "connections": 8, "body": _coded(json_document(1024))}
    with server.child:
        quiet = stage.order(**order, seconds=1.0)
        work = threading.Thread(target=big_conversion, args=(server.child, server.port))
        work.start()
        busy = stage.order(**order, seconds=1.0 if stage.quick else 3.0)
        running = work.is_alive()
        work.join()
        assert not busy["bad"], f"{busy['bad']:.0f} bad replies"
    return [
        Row(
            20,
            "pass-through beside CSV to JSON of 100 MB",
            "p99, ms",
            busy["p99"],
            100,
            25,
            10,
            less_is_better=True,
            note="" if running else "the conversion was over first",
            detail={"quiet": {"p99 ms": quiet["p99"]}, "busy": {"p99 ms": busy["p99"], "max ms": busy["max"]}},
        )
    ]


@goal(21)
def switched_off(stage: Stage) -> list[Row]:
    """Tracing and debug logs that nobody asked for, as part of the processor time of a pass-through message."""
    import json

    with python("tests.benchmarks.peers.off_task", talks=True, cores=SERVED) as task:
        assert task.process.stdout is not None
        found = json.loads(task.process.stdout.readline())
    figures = stage.compare([stage.engine("/pass")], json_document(1024), "application/json")["synflow"]
    share = found["trace"] / figures.cpu * 100
    return [
        Row(
            21,
            "tracing and step events that are off",
            "% of CPU",
            share,
            5,
            1,
            less_is_better=True,
            detail={
                "a message": {"off, ns": found["trace"] * 1e3, "a log mediator below its level, ns": found["log"] * 1e3}
            },
        )
    ]
