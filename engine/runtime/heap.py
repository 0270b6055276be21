"""How the C library keeps the memory of bodies that have passed; its defaults are made for other programs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

_M_ARENA_MAX = -8
_SECONDS = 5.0


def keep_one_heap() -> bool:
    """Let all threads share one heap (glibc); True when that could be set.

    Bodies pass through worker threads. With a heap for each thread, which is glibc's way, the pieces that each of them
    keeps for later add up to many times what is in use.
    """
    mallopt = _function("mallopt")
    return mallopt is not None and mallopt(_M_ARENA_MAX, 1) == 1


async def give_back(work: Callable[[], float], *, seconds: float = _SECONDS) -> None:
    """Return free pages to the system every few seconds in which there was work, until cancelled.

    `work` counts what was done. Large bodies leave holes between small objects that stay; without this, resident memory
    creeps up by 20 MB in 100,000 requests although nothing is held.
    """
    trim = _function("malloc_trim")
    done = work()
    while trim is not None:
        await asyncio.sleep(seconds)
        if work() != done:
            done = work()
            await asyncio.to_thread(trim, 0)


def _function(name: str) -> Callable[..., int] | None:
    """A function of the C library, where it is glibc."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    return getattr(ctypes.CDLL(None), name, None)
