"""One engine: settings, services, deployment and listeners wired together. The only place that knows them all."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.configured import (
    client_settings,
    find_connectors,
    formats,
    json_xml_rules,
    listener_limits,
    new_redactor,
    properties_file,
    tls_context,
    traces,
)
from engine.heap import keep_giving_back, set_up_heap
from engine.management.app import ManagementApp
from engine.management.state import SERVING, STARTING, STOPPING, State, state_of
from engine.mediators.delivery import finish_background
from engine.message.exchange import FormatService, HttpService, RegistryService
from engine.message.inbound import Handler, Inbound
from engine.observe.redaction import Redactor
from engine.runtime.deployer import EMPTY, Deployer, Outcome
from engine.runtime.deployment import Deployment
from engine.runtime.entry_secrets import entry_secrets
from engine.runtime.registry import Registry, written_folders
from engine.settings import Settings
from engine.transports.http_client import HttpClient
from engine.transports.http_listener.asgi import AsgiFace
from engine.transports.http_listener.server import Listener, start_listener, stop_listeners
from engine.transports.http_service import HttpCalls

if TYPE_CHECKING:
    from engine.observe.tracing import Traceable

log = logging.getLogger("synflow.engine")

GC_THRESHOLD = 50_000
"""Allocations between two runs of the cyclic collector; messages leave no cycles, so it has little to find."""


class Services:
    """What flows reach the outside with."""

    __slots__ = ("formats", "http", "registry", "settings", "state")

    def __init__(
        self, http: HttpService, formats: FormatService, registry: RegistryService, settings: Settings
    ) -> None:
        self.http = http
        self.formats = formats
        self.registry = registry
        self.settings: Any = settings
        self.state: dict[Any, Any] = {}


MakeHandler = Callable[[Services, Callable[[], Deployment]], "Traceable"]


class Engine:
    """Serves what lies below some PATHs. `start`, then `stop`; both once."""

    def __init__(
        self,
        settings: Settings,
        paths: Sequence[str],
        *,
        redactor: Redactor | None = None,
        make_handler: MakeHandler | None = None,
    ) -> None:
        self.settings = settings
        self.redactor = redactor or new_redactor(settings)
        find_connectors(settings)
        self.client = HttpClient(client_settings(settings))
        folder = Path(settings.files.registry_folder)
        self.deployer = Deployer(
            paths, settings.deployment, prepare=self._learn_secrets, resource_folders=written_folders(folder)
        )
        self.services = Services(
            HttpCalls(self.client),
            formats(settings),
            Registry(lambda: self.deployer.outcome.deployment, folder, properties_file(settings)),
            settings,
        )
        self.listener: Listener | None = None
        self.management: Listener | None = None
        self.phase = STARTING
        self.changed: Callable[[], None] = _nobody
        """Called whenever `state` has become another one."""
        self.singletons = False
        """Whether this process runs what only one of several may run: tasks, polling inbounds, message processors."""
        self.traces = traces(settings, self.redactor)
        """The step traces of this process; None when no setting asks for any."""
        self._make_handler = make_handler or data_plane
        self._listeners: list[Listener] = []
        self._watching: asyncio.Task[None] | None = None
        self._tidying: asyncio.Task[None] | None = None
        self._state: tuple[Outcome, str, State] = (EMPTY, "", State())

    # -- life
    async def start(self, *, reuse_port: bool = False, management: bool = True) -> None:
        """Listen, load, serve. Raises ConfigError when an address cannot be listened on; nothing is left open then."""
        started = time.perf_counter()
        loaded = asyncio.Event()
        try:
            face, handler = await self._listen(loaded, reuse_port, management and self.settings.management.enabled)
            await self._load()
        except BaseException:
            await stop_listeners(self._all_listeners(), 0)
            await self.client.aclose()
            raise
        loaded.set()
        face.handler = handler
        self._enter(SERVING)
        if self.settings.deployment.hot_reload:
            from engine.runtime.watcher import Watcher

            self._watching = asyncio.create_task(Watcher(self.deployer, self._reloaded).run(), name="synflow-watcher")
            self._watching.add_done_callback(_watching_ended)
        self._tidying = asyncio.create_task(keep_giving_back(self._requests), name="synflow-tidying")
        log.info(
            "synflow started in %.2f seconds: %s",
            time.perf_counter() - started,
            ", ".join(each.url for each in self._listeners),
        )
        if self.management is not None:
            log.info("management on %s/readiness", self.management.url)

    async def stop(self) -> None:
        """Take nothing new in, let running requests finish for `drain_seconds`, and close everything."""
        self._enter(STOPPING)
        if self._tidying is not None:
            self._tidying.cancel()
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await stop_listeners(self._listeners, self.settings.listener.drain_seconds)
        lost = await finish_background(self.services.state, self.settings.listener.drain_seconds)
        if lost:
            log.warning("%d messages sent without waiting for a reply were given up", lost)
        await self.client.aclose()
        if self.management is not None:
            await self.management.stop(1.0)
        log.info("synflow stopped")

    def run_singletons(self) -> None:
        """From now on this process runs what only one of several may run."""
        self.singletons = True

    def state(self) -> State:
        """How this engine stands."""
        outcome, phase, state = self._state
        if outcome is not self.deployer.outcome or phase != self.phase:
            state = state_of(self.phase, self.deployer.outcome, {}, self.redactor)
            self._state = (self.deployer.outcome, self.phase, state)
        return dataclasses.replace(state, metrics=self.metrics())

    def metrics(self) -> dict[str, float]:
        """The counters as they are now."""
        outcome = self.deployer.outcome
        return {
            "synflow_up": float(self.phase == SERVING),
            "synflow_ready": float(self._state[2].ready),
            "synflow_requests_total": self._requests(),
            "synflow_connections": sum(each.connections for each in self._listeners),
            "synflow_backend_connections": self.client.open,
            "synflow_tasks": len(asyncio.all_tasks()),
            "synflow_artifacts": len(outcome.artifacts),
            "synflow_problems": len(outcome.problems),
            "synflow_deployments_total": outcome.generation,
        }

    def _requests(self) -> int:
        return sum(each.requests for each in self._listeners)

    # -- the parts of it
    async def _listen(self, loaded: asyncio.Event, reuse_port: bool, management: bool) -> tuple[AsgiFace, Handler]:
        """Accept connections; the requests of those made now wait for `loaded`.

        Returns what serves them and the handler that it may use once everything is loaded.
        """
        settings = self.settings
        if management:
            self.management = await start_listener(
                ManagementApp(self.state, self.traces),
                host=settings.management.host,
                port=settings.management.port,
                option="--management-port",
            )
        handler = self.handler()
        face = AsgiFace(_once(loaded, handler), listener_limits(settings))
        self.listener = await start_listener(
            face, host=settings.listener.host, port=settings.listener.port, reuse_port=reuse_port
        )
        self._listeners.append(self.listener)
        if settings.listener.certificate:
            self._listeners.append(
                await start_listener(
                    face,
                    host=settings.listener.host,
                    port=settings.listener.https_port,
                    reuse_port=reuse_port,
                    ssl_context=tls_context(settings),
                    option="[listener] https_port",
                )
            )
        return face, handler

    def handler(self) -> Handler:
        """What answers requests, with the records that the settings ask for around it."""
        serve = self._make_handler(self.services, lambda: self.deployer.outcome.deployment)
        handler: Handler = serve
        if self.traces is not None:
            from engine.observe.tracing import with_traces

            handler = with_traces(serve, self.traces)
        if self.settings.logging.access_log:
            from engine.observe.access_log import with_access_log

            handler = with_access_log(handler)
        return handler

    async def _load(self) -> None:
        """The first load. The cyclic collector stands still meanwhile: what is made now stays, but for a few hundred
        objects, which are not worth the look at all others.
        """
        set_up_heap()
        gc.disable()
        try:
            await asyncio.to_thread(self.deployer.load)
        finally:
            gc.enable()
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD, 20, 50)

    async def reload(self) -> Outcome:
        """Take the files as they are now, without waiting for a notification."""
        outcome = await asyncio.to_thread(self.deployer.load)
        await self._reloaded(outcome)
        return outcome

    async def _reloaded(self, outcome: Outcome) -> None:
        self.changed()

    def _enter(self, phase: str) -> None:
        self.phase = phase
        self.changed()

    def _learn_secrets(self, deployment: Deployment) -> None:
        self.redactor.know("entries", entry_secrets(deployment.local_entries, self.redactor))

    def _all_listeners(self) -> list[Listener]:
        return self._listeners if self.management is None else [*self._listeners, self.management]


def data_plane(services: Services, deployment: Callable[[], Deployment]) -> Traceable:
    """The handler that runs flows."""
    from engine.artifacts.cors import CorsPolicy
    from engine.runtime.data_plane import DataPlane, DataPlaneSettings

    settings: Settings = services.settings
    cors = settings.cors
    policy = CorsPolicy(cors.allowed_origins, headers=", ".join(cors.allowed_headers)) if cors.enabled else None
    return DataPlane(
        deployment,
        services,
        DataPlaneSettings(
            faults=settings.mediation.faults,
            correlation_header=settings.mediation.correlation_header,
            server_name=settings.listener.server_name,
            cors=policy or None,
            users=settings.security.users,
            json_xml=json_xml_rules(settings),
        ),
    )


def _once(loaded: asyncio.Event, handler: Handler) -> Handler:
    """`handler`, which waits for the first deployment."""

    async def handle(inbound: Inbound) -> None:
        if not loaded.is_set():
            await loaded.wait()
        await handler(inbound)

    return handle


def _nobody() -> None:
    """Nobody wants to know of changes."""


def _watching_ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("changed files are not noticed any more", exc_info=task.exception())
