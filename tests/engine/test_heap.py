from __future__ import annotations

import asyncio
import platform
import subprocess
import sys

import pytest

from engine.heap import keep_giving_back, set_up_heap
from tests.fakes.program import environment

PROGRAM = """
import ctypes, threading
from engine.heap import set_up_heap
assert set_up_heap()
def fill():
    kept.append([bytearray(100_000) for _ in range(10)])
    done.set()
    go.wait()
kept, done, go = [], threading.Event(), threading.Event()
thread = threading.Thread(target=fill)
thread.start()
done.wait()
ctypes.CDLL(None).malloc_stats()
go.set()
thread.join()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="heaps of threads are glibc's")
def test_threads_share_one_heap() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment(), capture_output=True, text=True, timeout=30, check=True
    )
    assert "Arena 0:" in done.stderr
    assert "Arena 1:" not in done.stderr


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.heap.sys.platform", "darwin")
    assert not set_up_heap()


MESSAGES = """
import ctypes, resource, sys
from engine.heap import set_up_heap
if sys.argv[1] == "set":
    assert set_up_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def message():
    parts = [libc.malloc(50_000) for _ in range(80)]
    for part in parts:
        ctypes.memset(part, 1, 50_000)
    while parts:
        libc.free(ctypes.c_void_p(parts.pop()))
for count in range(30):
    if count == 10:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    message()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the heap is glibc's")
def test_the_memory_of_one_message_serves_the_next() -> None:
    def faults(how: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", MESSAGES, how],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return int(done.stdout)

    assert faults("set") < 100 < faults("as it is")


FREEING = """
import ctypes
from engine.heap import give_back
from tests.fakes.process import memory
c = ctypes.CDLL(None)
c.malloc.restype, c.malloc.argtypes, c.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
pieces = [c.malloc(1000) for _ in range(50_000)]
for piece in pieces:
    ctypes.memset(piece, 1, 1000)
last = pieces.pop()
for piece in pieces:
    c.free(piece)
before = memory("self")
give_back()
print(before - memory("self"))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries have their own ways")
def test_pages_below_memory_in_use_are_given_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FREEING], env=environment(), capture_output=True, text=True, timeout=30, check=True
    )
    assert float(done.stdout) > 40


@pytest.mark.anyio
async def test_memory_is_given_back_when_there_is_no_more_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []
    looks = iter([0, 0, 3, 3, 3, 4, 4, 4])
    seen: list[int] = []
    done = asyncio.Event()

    def work() -> int:
        seen.append(next(looks))
        if len(seen) == 8:
            done.set()
        return seen[-1]

    monkeypatch.setattr("engine.heap.give_back", lambda: calls.append(len(seen)))
    task = asyncio.create_task(keep_giving_back(work, 0))
    async with asyncio.timeout(20):
        await done.wait()
    task.cancel()
    assert calls == [4, 7]
