"""Noticing changed files and loading them, one burst at a time."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

from engine.runtime.deployer import Deployer, Outcome

log = logging.getLogger("synflow.deployment")

Listener = Callable[[Outcome], Awaitable[None]]

LONGEST_BURST_MS = 500


class Watcher:
    """Reloads a deployer whenever files below its PATHs change, until its task is cancelled.

    What looks half-done (an empty or truncated file, a file that vanished in the middle of a rename) is looked at again
    after `settle_ms` and counts only if it still looks the same.
    """

    def __init__(self, deployer: Deployer, listener: Listener) -> None:
        self._deployer = deployer
        self._settings = deployer.settings
        self._listener = listener
        self._changed: set[str] = set()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Watch and reload for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll() if self._settings.poll else self._notice(), name="synflow-notice-changes")
            tasks.create_task(self._reload(), name="synflow-reload")
            if not self._settings.poll:
                tasks.create_task(self._poll(), name="synflow-poll-links")

    async def _reload(self) -> None:
        unsettled = self._deployer.outcome.unsettled
        while True:
            try:
                async with asyncio.timeout(self._settings.settle_ms / 1000 if unsettled else None):
                    await self._wake.wait()
            except TimeoutError:
                log.debug("looking again at unsettled files")
            self._wake.clear()
            changed, self._changed = self._changed, set()
            unsettled = await self.reload(changed)

    async def reload(self, changed: set[str]) -> bool:
        """Load once and tell the listener. Returns whether something is still unsettled."""
        outcome = await asyncio.to_thread(self._deployer.load, changed)
        await self._listener(outcome)
        return outcome.unsettled

    def _note(self, paths: set[str]) -> None:
        self._changed |= paths
        self._wake.set()

    async def _notice(self) -> None:
        """Wait for the system's notifications; while that is impossible, look every `poll_ms`."""
        while True:
            try:
                async for paths in notifications(self._roots(), self._settings.debounce_ms):
                    self._note(paths)
                    if self._roots_changed(paths):
                        break
            except OSError as error:
                log.warning(
                    "changes of %s cannot be watched (%s); looking every %d ms",
                    ", ".join(self._deployer.paths),
                    error,
                    self._settings.poll_ms,
                )
                await asyncio.sleep(self._settings.poll_ms / 1000)
            self._note(set())

    def _roots(self) -> list[str]:
        roots = [path if os.path.isdir(path) else os.path.dirname(path) or "." for path in self._deployer.paths]
        missing = [root for root in roots if not os.path.isdir(root)]
        if missing:
            raise FileNotFoundError(f"no folder {missing[0]}")
        return roots

    def _roots_changed(self, paths: set[str]) -> bool:
        """Whether a watched folder itself has gone, so that its notifications have ended."""
        return any(os.path.realpath(root) in paths or not os.path.isdir(root) for root in self._deployer.paths)

    async def _poll(self) -> None:
        """Look every `poll_ms`: always when polling is asked for, else while folders are reached through links."""
        while True:
            await asyncio.sleep(self._settings.poll_ms / 1000)
            if self._settings.poll or self._deployer.linked:
                self._note(set())


async def notifications(roots: list[str], quiet_ms: int) -> AsyncIterator[set[str]]:
    """The paths of each burst of changes below `roots`: a burst ends after `quiet_ms` without a further change.

    The first set is empty and comes when watching has begun: what changed before that nobody is told of. Raises OSError
    when the system cannot watch.
    """
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

    stop = threading.Event()
    try:
        with RustNotify(roots, False, False, 0, True, True) as notify:
            yield set()
            while True:
                step = max(1, quiet_ms // 2)  # the end of a burst is seen after one to two steps
                changes = await asyncio.to_thread(notify.watch, LONGEST_BURST_MS, step, 0, stop)
                if isinstance(changes, str):
                    return
                paths = {path for _, path in changes if f"{os.sep}.git{os.sep}" not in path}
                if paths:
                    yield paths
    except WatchfilesRustInternalError as error:
        raise OSError(str(error)) from error
    finally:
        stop.set()
