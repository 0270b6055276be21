"""Serving the sandbox on a socket: beside an engine in one process, or alone."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engine.sandbox.salesforce.app import create_app
from engine.sandbox.salesforce.gate import ABORT
from engine.sandbox.salesforce.settings import SandboxSettings

_CLOSING_SECONDS = 2
_DEMO = SandboxSettings()


class _Protocol(HttpToolsProtocol):
    """HTTP with one addition: an application may break the connection, as planned faults do."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {"call": self.transport.abort}}


class _Server(uvicorn.Server):
    """A server that leaves the process's signal handlers alone and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def running(settings: SandboxSettings, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve the sandbox on the running loop and yield its base URL; port 0 takes a free one.

    Sets no signal handlers. Raises OSError when the address is taken and ConfigError for a data file that is not as
    described in `datafile`.
    """
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_CLOSING_SECONDS,
    )
    server = _Server(config)
    with _listening(host, port) as listener:
        async with app.router.lifespan_context(app):
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            listens = asyncio.create_task(server.ready.wait())
            try:
                await asyncio.wait((serving, listens), return_when=asyncio.FIRST_COMPLETED)
                yield _base_url(host, listener.getsockname()[1])
            finally:
                listens.cancel()
                server.should_exit = True
                await serving


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named TCP, since asyncio switches Nagle's algorithm off only for sockets that say so: 40 ms a request otherwise
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        yield listener


def _base_url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host)
    if shown is None:
        shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def banner(settings: SandboxSettings, url: str) -> str:
    """What to tell a user: where the sandbox is, who may log in, how to point a flow and a client at it.

    Only demo credentials are printed; others are the user's own and stay out of sight.
    """
    place = str(settings.database) if settings.database else "a temporary folder, gone at the end"
    client, secret, refresh, access, user, password = (
        getattr(settings, name) if getattr(settings, name) == getattr(_DEMO, name) else "(as set)"
        for name in ("client_id", "client_secret", "refresh_token", "access_token", "username", "password")
    )
    return f"""\
Salesforce sandbox at {url}
  client id      {client}
  client secret  {secret}
  refresh token  {refresh}
  access token   {access}
  user           {user} / {password}
  data           {place}

Point the flows at it:
  export SALESFORCE_INSTANCE_URL={url}
  export SALESFORCE_CLIENT_ID='{client}'
  export SALESFORCE_CLIENT_SECRET='{secret}'
  export SALESFORCE_REFRESH_TOKEN='{refresh}'

Try it:
  curl -H 'Authorization: Bearer {access}' \\
    '{url}/services/data/v57.0/query?q=SELECT+Id,Name+FROM+Account'
"""


async def serve(settings: SandboxSettings, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve the sandbox until SIGINT, SIGTERM or cancellation; how to use it goes to standard output."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stopped.set)
    try:
        async with running(settings, host, port) as url:
            print(banner(settings, url), flush=True)
            await stopped.wait()
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
