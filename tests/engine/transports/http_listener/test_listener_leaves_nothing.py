"""Requests and their connections are let go at once, without the cyclic collector: they hold bodies."""

from __future__ import annotations

import asyncio
import gc
from contextvars import ContextVar
from typing import Any

import pytest

from engine.message.inbound import Inbound
from engine.transports.http_listener.exchange import Exchange

pytestmark = pytest.mark.anyio
DEADLINE = 20.0


def exchanges() -> int:
    return sum(type(each) is Exchange for each in gc.get_objects())


@pytest.mark.usefixtures("no_collector")
async def test_request_is_let_go_when_its_connection_has_gone(rig: Any) -> None:
    working: ContextVar[Inbound | None] = ContextVar("working", default=None)

    async def handler(inbound: Inbound) -> None:
        working.set(inbound)  # as the data plane does, for the log
        await inbound.respond(200, [], b"done")

    await rig.serve(handler)
    for _ in range(3):
        client = await rig.connect()
        assert (await client.ask(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody")).status == 200
        await client.close()
    async with asyncio.timeout(DEADLINE):
        while exchanges():
            await asyncio.sleep(0.005)
    assert exchanges() == 0
