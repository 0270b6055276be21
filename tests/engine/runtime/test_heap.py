from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from engine.runtime.heap import keep_one_heap
from tests.fakes.program import environment

PROGRAM = """
import ctypes, threading
from engine.runtime.heap import keep_one_heap
assert keep_one_heap()
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
    monkeypatch.setattr("engine.runtime.heap.sys.platform", "darwin")
    assert not keep_one_heap()
