"""How the C library keeps memory, and how it gives it back to the system."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

GIVE_BACK_SECONDS = 5.0

_M_ARENA_MAX = -8


def keep_one_heap() -> bool:
    """Let all threads share one heap (glibc); True when that could be set.

    Bodies pass through worker threads. With a heap for each thread, which is glibc's way, the pieces that each of them
    keeps for later add up to many times what is in use: 40 MB after 100,000 requests.
    """
    mallopt = _function("mallopt")
    return mallopt is not None and mallopt(_M_ARENA_MAX, 1) == 1


def give_back() -> None:
    """Return free pages to the system (glibc). Left to itself it does so seldom, and 100 ms long for 500 MB.

    Others get no memory meanwhile, so that it is good to call this after every few megabytes.
    """
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


async def keep_giving_back(work_done: Callable[[], int], seconds: float = GIVE_BACK_SECONDS) -> None:
    """Give back every few seconds what work has left free; `work_done` counts it.

    Bodies of some hundred kilobytes leave gaps behind that the C library keeps: 5 MB, now more, now less. (The
    other way out, that it takes each body's memory from the system and gives it back at once, costs such bodies half as
    much time again.)
    """
    before, worked = work_done(), False
    while True:
        await asyncio.sleep(seconds)
        done = work_done()
        if done != before or worked:  # once more after the last of it, which may have been under way
            await asyncio.to_thread(give_back)
        before, worked = done, done != before


@cache
def _function(name: str) -> Any | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    return getattr(ctypes.CDLL(None), name, None)
