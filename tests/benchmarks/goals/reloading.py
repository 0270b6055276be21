"""Goals 16 and 17: definitions that change while the engine serves."""

from __future__ import annotations

import statistics
import threading
import time

from tests.benchmarks import flows, project
from tests.benchmarks.flows import json_document
from tests.benchmarks.goals import goal
from tests.benchmarks.machine import get, until
from tests.benchmarks.result import Row
from tests.benchmarks.stage import CONNECTIONS, Server, Stage, start_engine

_RELOADS = 20


@goal(16)
def reload_of_one(stage: Stage) -> list[Row]:
    """One of a thousand files is saved; how long until its new version answers."""
    folder = stage.folder / "reloaded"
    project.write_thousand(folder)
    child, port, _ = start_engine(folder, stage.folder / "reload.txt")
    taken = []
    with child:
        for number in range(3 if stage.quick else 12):
            text = f"version {number}"
            began = time.perf_counter()
            project.changed_answer(folder, number, text)
            until(
                lambda text=text, number=number: text.encode() in get(port, f"/thousand/{number}/answer")[1],
                child,
                "the change was not taken",
                0.001,
            )
            taken.append((time.perf_counter() - began) * 1e3)
    return [
        Row(
            16,
            "one of 1,000 files saved, until it answers",
            "ms",
            statistics.median(taken),
            500,
            50,
            25,
            less_is_better=True,
            note=f"worst {max(taken):.0f}",
        )
    ]


@goal(17)
def reload_under_load(stage: Stage) -> list[Row]:
    """Twenty reloads while requests pass through."""
    folder = stage.folder / "busy"
    flows.write(folder, flows.proxies(stage.back_end, stage.folder))
    child, port, _ = start_engine(folder, stage.folder / "busy.txt")
    with child:
        server = Server("synflow", child, port, "/pass")
        quiet = stage.compare([server], json_document(1024), "application/json")["synflow"]
        seconds = 2.0 if stage.quick else 4.0
        over = threading.Event()

        def save() -> None:
            for number in range(_RELOADS):
                flows.write(
                    folder,
                    {
                        "changing.xml": flows.api(
                            "changing", "/changing", f'<property name="v" value="{number}"/><respond/>', "GET"
                        )
                    },
                )
                if over.wait(seconds / (_RELOADS + 2)):
                    return

        saver = threading.Thread(target=save)
        saver.start()
        try:
            busy = stage.order(
                do="load",
                port=port,
                path="/pass",
                seconds=seconds,
                connections=CONNECTIONS,
                body=_coded(json_document(1024)),
            )
        finally:
            over.set()
            saver.join()
    scenario = f"{_RELOADS} reloads under load"
    return [
        Row(
            17,
            scenario,
            "failed requests",
            busy["bad"],
            0,
            0,
            less_is_better=True,
            detail={"quiet": quiet.shown(), "reloading": {"p50 ms": busy["p50"], "p99 ms": busy["p99"]}},
        ),
        Row(17, scenario, "p99 / quiet p99", busy["p99"] / quiet.p99, None, 2, 1.3, less_is_better=True),
    ]


def _coded(body: bytes) -> str:
    import base64

    return base64.b64encode(body).decode()
