"""How the C library keeps memory, and how it gives it back to the system."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

GIVE_BACK_SECONDS = 5.0

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_KEPT = 8 << 20
_MAPPED_FROM = 1 << 20


def set_up_heap() -> bool:
    """Have glibc keep memory the way an engine uses it; True when that could be set.

    One heap for all threads: bodies pass through worker threads, and with a heap for each of them, which is glibc's
    way, the pieces that each keeps for later add up to many times what is in use, 40 MB after 100,000 requests. And up
    to 8 MB of free memory are kept at its end: giving the tree of an XML message back to the system and asking for it
    again with the next one costs a third of the time that the message takes. What has a megabyte and more goes back
    at once.
    """
    mallopt = _function("mallopt")
    if mallopt is None:
        return False
    wanted = ((_M_ARENA_MAX, 1), (_M_TRIM_THRESHOLD, _KEPT), (_M_MMAP_THRESHOLD, _MAPPED_FROM))
    return all(mallopt(name, value) == 1 for name, value in wanted)


def give_back() -> None:
    """Return free pages to the system (glibc). Left to itself it does so seldom, and 100 ms long for 500 MB.

    Others get no memory meanwhile, so that it is good to call this after every few megabytes.
    """
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


async def keep_giving_back(work_done: Callable[[], int], seconds: float = GIVE_BACK_SECONDS) -> None:
    """Give back what work has left free once there was none for some seconds; `work_done` counts it.

    Bodies of some hundred kilobytes leave gaps behind that the C library keeps: 5 MB, now more, now less. (The
    other way out, that it takes each body's memory from the system and gives it back at once, costs such bodies half as
    much time again.)
    """
    before, worked = work_done(), False
    while True:
        await asyncio.sleep(seconds)
        done = work_done()
        if worked and done == before:
            await asyncio.to_thread(give_back)
        before, worked = done, done != before


@cache
def _function(name: str) -> Any | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    return getattr(ctypes.CDLL(None), name, None)
