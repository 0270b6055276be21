"""What call and send share: messages for which nobody waits, and messages that go to several endpoints at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from engine.endpoints.base import Endpoint
from engine.errors import MediationError
from engine.message.context import MessageContext

log = logging.getLogger("synflow.mediation")
RUNNING = "background tasks"

Next = Callable[[MessageContext], Awaitable[None]]


async def out_only(message: MessageContext, endpoint: Endpoint) -> bool:
    """When the message says OUT_ONLY, send a copy without waiting for the reply; tells whether it did."""
    if message.properties.get("OUT_ONLY") not in ("true", True):
        return False
    copy = await message.clone()
    background(message, _deliver(copy, endpoint))
    return True


async def _deliver(message: MessageContext, endpoint: Endpoint) -> None:
    """Send for nobody: what goes wrong is logged and goes no further."""
    try:
        await endpoint.send(message)
        await message.payload.body.aclose()
    except MediationError as error:
        log.warning("an OUT_ONLY message to %s was not delivered: %s %s", endpoint.label, error.message, error.detail)
    except Exception:
        log.exception("an OUT_ONLY message to %s was not delivered", endpoint.label)


def background(message: MessageContext, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` beside the flow; `finish_background` waits for it when the engine stops."""
    tasks: set[asyncio.Task[None]] = message.exchange.services.state.setdefault(RUNNING, set())
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def finish_background(state: dict[Any, Any], seconds: float) -> int:
    """Let messages without a waiting client be delivered, for so long; returns how many had to be given up."""
    tasks: set[asyncio.Task[None]] = state.get(RUNNING, set())
    if not tasks:
        return 0
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)
    return len(late)


async def to_each(message: MessageContext, recipients: list[Endpoint], hand_over: Next) -> None:
    """Send a copy to every recipient side by side and hand each reply over.

    A fault stays with its recipient. Raises the first one when no reply could be handed over and the client has no
    answer.
    """
    parent = message.identity()
    copies = [await message.clone() for _ in recipients]
    for number, copy in enumerate(copies):
        copy.properties["messageSequence"] = f"{number}/{len(copies)}"
        copy.properties["aggregateCorelation"] = parent
    results = await asyncio.gather(
        *(_one(endpoint, copy, hand_over) for endpoint, copy in zip(recipients, copies, strict=True)),
        return_exceptions=True,
    )
    faults = [result for result in results if isinstance(result, BaseException)]
    for fault in faults:
        if not isinstance(fault, MediationError):
            raise fault
    if faults and len(faults) == len(results) and not message.exchange.answered:
        raise faults[0]
    for endpoint, result in zip(recipients, results, strict=True):
        if isinstance(result, MediationError):
            log.warning("recipient %s: %s %s", endpoint.label, result.message, result.detail)


async def _one(endpoint: Endpoint, message: MessageContext, hand_over: Next) -> None:
    if await endpoint.deliver(message):
        await hand_over(message)
