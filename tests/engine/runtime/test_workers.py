from __future__ import annotations

import asyncio
import errno
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.runtime.workers import Supervisor

pytestmark = pytest.mark.anyio

DEADLINE = 20.0

WORKER = """
    import json, os, socket, sys
    connected = socket.socket(fileno=int(sys.argv[-1]))
    received, sent = connected.makefile("r"), connected.makefile("w")
    orders = json.loads(received.readline())
    def say(**state):
        sent.write(json.dumps({"state": {"phase": "serving", "pid": os.getpid(), **state}}) + "\\n")
        sent.flush()
    say()
    for line in received:
        message = json.loads(line)
        if message.get("singletons"):
            say(leader=True)
        if message.get("die") == os.getpid():
            os._exit(3)
        if message.get("stop"):
            if orders.get("stubborn"):
                continue
            break
"""


def supervisor(tmp_path: Path, count: int, **orders: object) -> Supervisor:
    script = tmp_path / "worker.py"
    script.write_text(textwrap.dedent(WORKER))
    return Supervisor(count, orders, restart_delay=0.01, max_restart_delay=0.02, command=(sys.executable, str(script)))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.005)


def leaders(one: Supervisor) -> list[int]:
    return [report["pid"] for report in one.reports if report.get("leader")]


async def test_one_worker_leads_and_another_one_when_it_dies(tmp_path: Path) -> None:
    one = supervisor(tmp_path, 2)
    one.start()
    await until(lambda: len(one.reports) == 2 and len(leaders(one)) == 1)
    first = leaders(one)[0]
    one.tell({"die": first})
    await until(lambda: len(one.reports) == 2 and leaders(one) not in ([], [first]))
    assert len(leaders(one)) == 1
    assert one.restarts == 1
    await one.stop(DEADLINE)
    assert one.reports == []


async def test_worker_that_keeps_crashing_is_started_again_and_again(tmp_path: Path) -> None:
    one = Supervisor(
        1, {}, restart_delay=0.001, max_restart_delay=0.002, command=(sys.executable, "-c", "raise SystemExit(1)")
    )
    one.start()
    await until(lambda: one.restarts >= 3)
    assert one.workers[0].failures >= 3
    assert not one.failed.is_set()
    await one.stop(DEADLINE)


async def test_worker_for_which_there_is_no_process_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start = asyncio.create_subprocess_exec
    failures = [BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")] * 2

    async def starting(*command: Any, **options: Any) -> asyncio.subprocess.Process:
        if failures:
            raise failures.pop()
        return await start(*command, **options)

    monkeypatch.setattr("engine.runtime.workers.asyncio.create_subprocess_exec", starting)
    one = supervisor(tmp_path, 1)
    one.start()
    await until(lambda: len(one.reports) == 1)
    assert "worker 0 could not be started: Resource temporarily unavailable; it is started again" in caplog.text
    await one.stop(DEADLINE)


async def test_worker_that_says_it_can_never_start_is_given_up(tmp_path: Path) -> None:
    one = Supervisor(1, {}, command=(sys.executable, "-c", "raise SystemExit(2)"))
    one.start()
    async with asyncio.timeout(DEADLINE):
        await one.failed.wait()
    assert one.fatal is not None
    assert one.restarts == 0
    await one.stop(DEADLINE)


async def test_stubborn_worker_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.runtime.workers.KILL_SECONDS", 0.0)
    one = supervisor(tmp_path, 1, stubborn=True)
    one.start()
    await until(lambda: len(one.reports) == 1)
    await one.stop(0.05)
    assert one.workers[0].process is None


async def test_stop_before_start_is_fine(tmp_path: Path) -> None:
    one = supervisor(tmp_path, 1)
    await one.stop(1.0)
    assert one.reports == []
