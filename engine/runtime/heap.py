"""How the C library keeps the memory of large bodies."""

from __future__ import annotations

import sys

_M_ARENA_MAX = -8


def keep_one_heap() -> bool:
    """Let all threads share one heap (glibc); True when that could be set.

    Bodies pass through worker threads. With a heap for each thread, which is glibc's way, the pieces that each of them
    keeps for later add up to many times what is in use: 40 MB after 100,000 requests.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_ARENA_MAX, 1) == 1
