"""What call and send share: messages for which nobody waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from engine.endpoints.base import Endpoint
from engine.errors import MediationError
from engine.message.context import MessageContext

log = logging.getLogger("synflow.mediation")
RUNNING = "background tasks"


async def out_only(message: MessageContext, endpoint: Endpoint) -> bool:
    """When the message says OUT_ONLY, send a copy without waiting for the reply; tells whether it did."""
    if message.properties.get("OUT_ONLY") not in ("true", True):
        return False
    copy = await message.clone()
    background(message, _deliver(copy, endpoint))
    return True


async def _deliver(message: MessageContext, endpoint: Endpoint) -> None:
    try:
        await endpoint.send(message)
    except MediationError as error:
        log.warning("an OUT_ONLY message to %s was not delivered: %s %s", endpoint.label, error.message, error.detail)
        return
    await message.payload.body.aclose()


def background(message: MessageContext, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` beside the flow; the engine waits for it when it stops."""
    tasks: set[asyncio.Task[None]] = message.exchange.services.state.setdefault(RUNNING, set())
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
