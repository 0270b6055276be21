"""The parent of `--workers N`: the management port, and the workers that serve."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
from collections.abc import Mapping, Sequence

from engine.errors import ConfigError
from engine.management.app import ManagementApp
from engine.management.state import STOPPING, State, together
from engine.observe.trace_store import KeptTrace, KeptTraces
from engine.runtime.workers import Supervisor
from engine.serve import stop_signal
from engine.settings import Settings
from engine.transports.http_listener.server import Listener, reserved_port, start_listener

log = logging.getLogger("synflow.engine")


async def supervise(settings: Settings, paths: Sequence[str], options: Mapping[str, object]) -> None:
    """Keep workers serving until a signal. Raises ConfigError when they cannot.

    `options` are those of the command line, which the workers lay over the same conf folder.
    """
    gc.enable()
    with reserved_port(settings.listener.host, settings.listener.port) as port:
        await _supervise(settings, paths, options, port)


async def _supervise(settings: Settings, paths: Sequence[str], options: Mapping[str, object], port: int) -> None:
    orders = {
        "paths": list(paths),
        "conf": settings.folder,
        "options": {**options, "listener.port": port, "workers.count": 1},
    }
    supervisor = Supervisor(
        settings.workers.count,
        orders,
        restart_delay=settings.workers.restart_delay,
        max_restart_delay=settings.workers.max_restart_delay,
    )
    traces = kept_traces(settings)
    if traces is not None:
        supervisor.traced = lambda told: traces.add(KeptTrace.from_json(told))
    stopping = False

    def state() -> State:
        now = together([State.from_json(report) for report in supervisor.reports], settings.workers.count)
        metrics = {
            **now.metrics,
            "synflow_workers": len(supervisor.reports),
            "synflow_worker_restarts_total": supervisor.restarts,
        }
        return dataclasses.replace(now, phase=STOPPING if stopping else now.phase, metrics=metrics)

    async def reload() -> None:
        supervisor.tell({"reload": True})

    stop = stop_signal(reload)
    management: Listener | None = None
    if settings.management.enabled:
        management = await start_listener(
            ManagementApp(state, traces),
            host=settings.management.host,
            port=settings.management.port,
            option="--management-port",
        )
        log.info("management on %s/readiness", management.url)
    supervisor.start()
    log.info("%d workers share port %d of %s", settings.workers.count, port, settings.listener.host)
    waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(supervisor.failed.wait())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    stopping = True
    log.info("stopping the workers; running requests have %g seconds", settings.listener.drain_seconds)
    await supervisor.stop(settings.listener.drain_seconds)
    if management is not None:
        await management.stop(1.0)
    log.info("synflow stopped")
    if supervisor.fatal is not None:
        raise ConfigError(supervisor.fatal)


def kept_traces(settings: Settings) -> KeptTraces | None:
    """Where the traces of all workers are kept, when a setting asks for any."""
    given = settings.trace
    return KeptTraces(given.keep_faulted, given.keep_bytes) if given.allow_header or given.keep_faulted else None
