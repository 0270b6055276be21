"""One process that serves until a signal: the life around an engine, its sandbox and its workers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from engine.observe.log import set_up_logging
from engine.settings import Settings

log = logging.getLogger("synflow.engine")
T = TypeVar("T")


def serve(
    settings: Settings, paths: Sequence[str], *, options: Mapping[str, object], sandbox: str | None = None
) -> None:
    """Serve `paths` until SIGTERM or Ctrl-C. Raises ConfigError when it cannot start.

    `options` are those of the command line that `settings` were made with; workers are made with them too.
    """
    from engine.configured import new_redactor

    set_up_logging(settings.logging, new_redactor(settings))
    for notice in settings.notices:
        log.warning("%s", notice)
    run_loop(_serve(settings, paths, options, sandbox))


async def _serve(settings: Settings, paths: Sequence[str], options: Mapping[str, object], sandbox: str | None) -> None:
    async with contextlib.AsyncExitStack() as stack:
        if sandbox is not None:
            await start_sandbox(settings, stack)
        if settings.workers.count > 1:
            from engine.supervise import supervise

            await supervise(settings, paths, options)
            return
        from engine.app import Engine

        engine = Engine(settings, paths)
        stop = stop_signal(engine.reload)
        await engine.start()
        await stop.wait()
        log.info("stopping; running requests have %g seconds", settings.listener.drain_seconds)
        await engine.stop()


async def start_sandbox(settings: Settings, stack: contextlib.AsyncExitStack) -> None:
    """Serve the Salesforce sandbox beside the engine and point flows at it, unless the environment says otherwise."""
    from pathlib import Path

    from engine.errors import ConfigError
    from engine.sandbox.salesforce import SandboxSettings, running

    given = settings.sandbox
    org = SandboxSettings(
        database=Path(given.database) if given.database else None,
        data=Path(given.data) if given.data else None,
        processing_delay=given.processing_delay,
    )
    try:
        url = await stack.enter_async_context(running(org, given.host, given.port))
    except OSError as error:
        raise ConfigError(
            f"the sandbox cannot listen on {given.host}:{given.port}: {error.strerror or error}; "
            "choose another [sandbox] port"
        ) from error
    for name, value in {
        "SALESFORCE_INSTANCE_URL": url,
        "SALESFORCE_CLIENT_ID": org.client_id,
        "SALESFORCE_CLIENT_SECRET": org.client_secret,
        "SALESFORCE_REFRESH_TOKEN": org.refresh_token,
        "SALESFORCE_ACCESS_TOKEN": org.access_token,
    }.items():
        os.environ.setdefault(name, value)
    log.info("Salesforce sandbox on %s", url)


SWITCH_SECONDS = 0.001
"""How long a thread that works on a long payload keeps the loop from running. Each request needs several turns."""


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on the fastest loop there is, ahead of worker threads."""
    sys.setswitchinterval(SWITCH_SECONDS)
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    try:
        import uvloop
    except ImportError:
        log.debug("uvloop is not installed, the standard event loop serves")
    else:
        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(main)


def stop_signal(reload: Callable[[], Coroutine[Any, Any, object]] | None = None) -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; a second one ends the process at once. SIGHUP calls `reload`."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    reloads: set[asyncio.Task[object]] = set()

    def asked(number: signal.Signals) -> None:
        if stop.is_set():
            log.warning("%s again: stopping without waiting for running requests", number.name)
            os._exit(128 + number)
        stop.set()

    def again() -> None:
        assert reload is not None
        task = loop.create_task(reload(), name="synflow-reload-asked")
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked, number)
    if reload is not None:
        loop.add_signal_handler(signal.SIGHUP, again)
    return stop
