"""One worker process of `synflow run --workers N`; started by the supervisor, which hands it one end of a channel."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from engine.app import Engine
from engine.configured import new_redactor
from engine.errors import ConfigError
from engine.observe.log import set_up_logging
from engine.runtime.workers import FATAL_EXIT, Channel
from engine.serve import run_loop
from engine.settings import Settings, load_settings

log = logging.getLogger("synflow.workers")

REPORT_SECONDS = 1.0


async def work(connected: socket.socket) -> None:
    """Serve as ordered until told to stop or until the supervisor is gone."""
    channel = await Channel.over(connected)
    try:
        orders = await channel.receive()
        if orders is not None:
            await serve(orders, channel)
    finally:
        await channel.aclose()


async def serve(orders: dict[str, Any], channel: Channel) -> None:
    """Serve until told to stop."""
    settings = worker_settings(orders)
    set_up_logging(settings.logging, new_redactor(settings))
    engine = Engine(settings, orders["paths"])
    engine.changed = lambda: channel.send({"state": engine.state().as_json()})
    await engine.start(reuse_port=True, management=False)
    reporting = asyncio.create_task(report(engine, channel), name="synflow-report")
    try:
        await obey(engine, channel)
    finally:
        reporting.cancel()
        await engine.stop()


def worker_settings(orders: dict[str, Any]) -> Settings:
    """The settings as the supervisor read them, with the port it has chosen."""
    folder = Path(orders["conf"]) if orders["conf"] else None
    settings = load_settings(folder, options=orders["options"])
    return dataclasses.replace(settings, notices=())


async def obey(engine: Engine, channel: Channel) -> None:
    """Do what the supervisor says until it says stop."""
    while (message := await channel.receive()) is not None:
        if message.get("stop"):
            return
        if message.get("singletons"):
            engine.run_singletons()
        if message.get("reload"):
            await engine.reload()
    log.error("the supervisor is gone, this worker stops")


async def report(engine: Engine, channel: Channel) -> None:
    """Send the counters while they move, and the traces that have been kept."""
    last = None
    while True:
        for trace in engine.traces.fresh() if engine.traces is not None else ():
            channel.send({"trace": trace.as_json()})
        metrics = engine.metrics()
        if metrics != last:
            channel.send({"metrics": metrics})
            last = metrics
        await asyncio.sleep(REPORT_SECONDS)


def main() -> None:
    """`python -m engine.worker FD`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor tells us when to stop
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    connected = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(connected.fileno(), False)
    try:
        run_loop(work(connected))
    except ConfigError as error:
        log.error("%s", error)
        sys.exit(FATAL_EXIT)


if __name__ == "__main__":
    main()
