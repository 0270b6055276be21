"""What is switched off, timed in a tight loop; prints us a message. `python -m tests.benchmarks.peers.off_task`."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from types import FunctionType

from engine.mediators.base import CONTINUE, STOP
from engine.mediators.flow import MediatorList
from engine.message.context import MessageContext
from tests.fakes.flows import a_message, compile_flow

_TIMES = 20_000
_STEPS = '<property name="a" value="b"/>'
_LISTS = 2
"""Lists that a usual pass-through message runs through."""


async def without_trace(self: MediatorList, message: MessageContext) -> object:
    """`MediatorList.run` as it would be if nothing could be traced."""
    for mediator, apply, aware in self._steps:
        if aware and not message.payload.built:
            await message.build()
        if (await mediator.mediate(message) if apply is None else apply(message)) is STOP:
            return STOP
    return CONTINUE


async def timed(run: Callable[[MessageContext], object]) -> float:
    """Microseconds of one run."""
    message = a_message()
    began = time.perf_counter()
    for _ in range(_TIMES):
        await run(message)  # type: ignore[misc]
    return (time.perf_counter() - began) / _TIMES * 1e6


async def main() -> None:
    """Measure in turns, print medians of the differences."""
    assert isinstance(without_trace, FunctionType)
    steps = compile_flow(_STEPS)
    silent = compile_flow(_STEPS + '<log level="full" category="TRACE"/>')
    bare = without_trace.__get__(steps)
    trace, log = [], []
    for _ in range(15):
        with_it = await timed(steps.run)
        trace.append(with_it - await timed(bare))
        log.append(await timed(silent.run) - with_it)
    print(json.dumps({"trace": max(0.0, statistics.median(trace)) * _LISTS, "log": statistics.median(log)}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
