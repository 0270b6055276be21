"""How the C library keeps memory, and how it gives it back to the system."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

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


@cache
def _function(name: str) -> Any | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    return getattr(ctypes.CDLL(None), name, None)
