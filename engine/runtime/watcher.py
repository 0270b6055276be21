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
FIRST_REPLIES_SECONDS = 0.1
"""How long watching waits after a start, so that the first requests are answered before its library is imported."""


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
            tasks.create_task(self._reload(), name="synflow-reload")
            tasks.create_task(self._poll(), name="synflow-poll")
            if not self._settings.poll:
                files = [path for path in self._deployer.paths if os.path.isfile(path)]
                folders = [path for path in self._deployer.paths if path not in files]
                for paths in filter(None, (files, folders)):
                    tasks.create_task(self._notice(paths, recursive=paths is folders), name="synflow-notice-changes")

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
        try:
            outcome = await asyncio.to_thread(self._deployer.load, changed)
        except Exception:
            log.exception("the changed files cannot be deployed; what served before goes on serving")
            return False
        await self._listener(outcome)
        return outcome.unsettled

    def _note(self, paths: set[str]) -> None:
        self._changed |= paths
        self._wake.set()

    async def _notice(self, paths: list[str], *, recursive: bool) -> None:
        """Wait for the system's notifications; while that is impossible, look every `poll_ms`."""
        await asyncio.sleep(FIRST_REPLIES_SECONDS)  # what is changed meanwhile is seen when watching has begun
        failed = False
        while True:
            try:
                async for changed in notifications(roots(paths), self._settings.debounce_ms, recursive=recursive):
                    failed = False
                    self._note(changed)
                    if any(os.path.realpath(path) in changed or not os.path.exists(path) for path in paths):
                        break  # a watched folder itself has gone, and with it its notifications
            except OSError as error:
                if not failed:
                    log.warning(
                        "changes of %s cannot be watched (%s); looking every %d ms",
                        ", ".join(paths),
                        error,
                        self._settings.poll_ms,
                    )
                failed = True
                await asyncio.sleep(self._settings.poll_ms / 1000)
            self._note(set())

    async def _poll(self) -> None:
        """Look every `poll_ms`: always when polling is asked for, else while folders are reached through links."""
        while True:
            await asyncio.sleep(self._settings.poll_ms / 1000)
            if self._settings.poll or self._deployer.linked:
                self._note(set())


def roots(paths: list[str]) -> list[str]:
    """The folders to watch for these PATHs. Raises FileNotFoundError when one is missing."""
    found = [os.path.dirname(path) or "." if os.path.isfile(path) else path for path in paths]
    for folder in found:
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"there is no {folder}")
    return found


async def notifications(folders: list[str], quiet_ms: int, *, recursive: bool = True) -> AsyncIterator[set[str]]:
    """The paths of each burst of changes below `folders`: a burst ends after `quiet_ms` without a further change.

    The first set is empty and comes when watching has begun: what changed before that nobody is told of. Raises OSError
    when the system cannot watch.
    """
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

    stop = threading.Event()
    try:
        with RustNotify(folders, False, False, 0, recursive, True) as notify:
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
