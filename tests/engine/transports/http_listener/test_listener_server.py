"""Starting, failing to start, TLS, and draining."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import logging
import resource
import signal
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from uvicorn import Config, Server
from uvicorn.server import ServerState

from engine.errors import ConfigError
from engine.message.inbound import Inbound
from engine.transports.http_listener.asgi import AsgiFace
from engine.transports.http_listener.limits import ListenerLimits
from engine.transports.http_listener.protocol import HttpProtocol
from engine.transports.http_listener.server import reserved_port, start_listener, stop_listeners

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


async def ok(inbound: Inbound) -> None:
    await inbound.respond(200, [], b"ok")


class Gate:
    """A handler that waits until the test lets it go on."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.proceed = asyncio.Event()
        self.cancelled = False

    async def __call__(self, inbound: Inbound) -> None:
        self.started.set()
        try:
            await self.proceed.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        await inbound.respond(200, [], b"finished")


async def test_port_zero_takes_a_free_port_and_says_which(rig: Any) -> None:
    listener = await rig.serve(ok)
    assert listener.port > 0
    assert listener.url == f"http://127.0.0.1:{listener.port}"
    assert (await rig.ask(GET)).status == 200
    assert (listener.requests, listener.connections) == (1, 1)


async def test_taken_port_is_told_in_the_words_of_the_user(rig: Any) -> None:
    listener = await rig.serve(ok)
    with pytest.raises(ConfigError) as taken:
        await start_listener(AsgiFace(ok), port=listener.port)
    assert str(taken.value) == (
        f"port {listener.port} is in use on 127.0.0.1; stop the program that listens there, "
        "or choose another with --port"
    )
    with pytest.raises(ConfigError, match="--management-port"):
        await start_listener(AsgiFace(ok), port=listener.port, option="--management-port")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
async def test_foreign_host_is_told(host: str) -> None:
    with pytest.raises(ConfigError, match="not an address of this machine"):
        await start_listener(AsgiFace(ok), host=host)


async def test_processes_may_share_a_port(rig: Any) -> None:
    first = await start_listener(AsgiFace(ok), reuse_port=True)
    second = await start_listener(AsgiFace(ok), port=first.port, reuse_port=True)
    rig.listeners += [first, second]
    assert first.port == second.port


async def test_localhost_listens_on_every_address_it_stands_for(rig: Any) -> None:
    listener = await start_listener(AsgiFace(ok), host="localhost")
    rig.listeners.append(listener)
    found = socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)
    for address in {str(entry[4][0]) for entry in found}:
        reader, writer = await asyncio.open_connection(address, listener.port)
        writer.write(GET)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()


async def test_open_file_limit_follows_the_connection_limit(rig: Any) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
        await rig.serve(ok, ListenerLimits(max_connections=400))
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(1056, before[1]), before[1])
        await rig.serve(ok, ListenerLimits(max_connections=10))
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(1056, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_signals_stay_with_the_process(rig: Any) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    await rig.serve(ok)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


async def test_other_asgi_applications_are_served_by_uvicorn(rig: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise RuntimeError("no lifespan here")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"hi"})

    rig.listeners.append(await start_listener(app))
    reply = await rig.ask(GET)
    assert reply.body == b"hi"
    assert "date" in reply.names


async def test_application_that_fails_to_start_is_an_error_not_the_end(rig: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(ConfigError, match="failed to start"):
        await start_listener(app)


async def test_drain_finishes_what_runs_and_closes_what_is_idle(rig: Any, within: Any) -> None:
    gate = Gate()
    listener = await rig.serve(gate)
    busy, idle, silent = [await rig.connect() for _ in range(3)]
    gate.proceed.set()
    assert (await idle.ask(GET)).status == 200
    gate.proceed.clear()
    gate.started.clear()
    await busy.send(GET + GET)
    await within(gate.started.wait())
    stopping = asyncio.ensure_future(listener.stop(30))
    assert await idle.ends()
    assert await silent.ends()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(listener.host, listener.port)
    assert not stopping.done()
    gate.proceed.set()
    reply = await busy.reply()
    assert (reply.status, reply.body, reply.names["connection"]) == (200, b"finished", "close")
    assert await busy.ends()
    await within(stopping)


async def test_drain_does_not_wait_for_a_slow_head(rig: Any, within: Any) -> None:
    listener = await rig.serve(ok, ListenerLimits(linger_timeout=0.05, header_timeout=3600))
    client = await rig.connect()
    await client.send(GET[:10])
    await rig.until(lambda: bool(rig.connections()) and rig.connections()[0]._seen == 10)
    stopping = asyncio.ensure_future(listener.stop(3600))
    assert (await client.reply()).status == 408
    await within(stopping)


async def test_serves_under_a_plain_uvicorn_server(rig: Any, within: Any) -> None:
    config = Config(AsgiFace(ok), http=HttpProtocol, lifespan="off", log_config=None, server_header=False)
    server = Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.ensure_future(server._serve([listening]))
    reader, writer = await asyncio.open_connection(*listening.getsockname())
    writer.write(GET)
    assert (await within(reader.readuntil(b"ok"))).startswith(b"HTTP/1.1 200 OK\r\n")
    server.should_exit = True
    assert await within(reader.read()) == b""
    await within(serving)
    writer.close()
    await writer.wait_closed()


def test_other_applications_are_turned_away() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("called")

    with pytest.raises(TypeError, match="httptools"):
        HttpProtocol(Config(app, http=HttpProtocol, log_config=None), ServerState(), {})


async def test_drain_lets_an_upload_finish(rig: Any, within: Any) -> None:
    async def handler(inbound: Inbound) -> None:
        size = 0
        async for chunk in inbound.body:
            size += len(chunk)
        await inbound.respond(200, [], b"%d" % size)

    listener = await rig.serve(handler)
    client = await rig.connect()
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"
    await client.send(head + b"x" * 500_000)
    await rig.until(lambda: listener.requests == 1)
    stopping = asyncio.ensure_future(listener.stop(30))
    await rig.until(lambda: all(connection._draining for connection in rig.connections()))
    await client.send(b"x" * 500_000)
    reply = await client.reply()
    assert (reply.body, reply.names["connection"]) == (b"1000000", "close")
    await within(stopping)


async def test_drain_breaks_off_what_outlives_the_deadline(
    rig: Any, within: Any, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    listener = await rig.serve(gate)
    client = await rig.connect()
    half = await rig.connect()
    await half.send(GET[:10])
    await client.send(GET)
    await within(gate.started.wait())
    with caplog.at_level(logging.WARNING, "engine"):
        await within(listener.stop(0.05))
    assert gate.cancelled
    assert "1 requests unfinished" in caplog.text
    assert (await client.reply()).status == 503
    assert await client.ends()
    assert await half.ends()
    assert listener.connections == 0


async def test_stopping_twice_and_side_by_side(rig: Any, within: Any) -> None:
    listeners = [await rig.serve(ok) for _ in range(3)]
    await within(stop_listeners(listeners, 5))
    await within(listeners[0].stop())
    for listener in listeners:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(listener.host, listener.port)


async def test_stop_accepting_keeps_what_is_open(rig: Any) -> None:
    listener = await rig.serve(ok)
    client = await rig.connect()
    assert (await client.ask(GET)).status == 200
    listener.stop_accepting()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(listener.host, listener.port)
    assert (await client.ask(GET)).status == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "listener test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


async def test_tls(rig: Any, certificate: Path) -> None:
    async def handler(inbound: Inbound) -> None:
        body = b"".join([chunk async for chunk in inbound.body])
        await inbound.respond(200, [(b"x-scheme", inbound.scheme.encode())], body)

    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate)
    client_side = ssl.create_default_context(cafile=str(certificate))
    listener = await rig.serve(handler, ListenerLimits(linger_timeout=0.1), ssl_context=server_side)
    assert listener.url.startswith("https://127.0.0.1:")
    client = await rig.connect(ssl=client_side)
    body = bytes(range(256)) * 4000
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body)
    reply, _ = await asyncio.gather(client.reply(), client.send(head + body))
    assert (reply.names["x-scheme"], reply.body) == ("https", body)
    refused = await client.ask(b"GET / HTTP/1.1\r\n\r\n")
    assert refused.status == 400
    assert await client.rest() == b""


async def test_tls_client_on_a_plain_port_is_told(rig: Any) -> None:
    await rig.serve(ok, ListenerLimits(linger_timeout=0.1))
    context = ssl.create_default_context()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await rig.connect(ssl=context)
    reply = await rig.ask(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert (reply.status, reply.body) == (400, b"this port speaks plain HTTP, the client spoke TLS\n")


async def test_reserved_port_goes_only_to_listeners_that_share_it() -> None:
    with reserved_port("127.0.0.1", 0) as port:
        with socket.create_server(("127.0.0.1", 0)) as other, socket.socket() as client:
            with pytest.raises(OSError, match="in use"):
                client.bind(("127.0.0.1", port))
            assert other.getsockname()[1] != port
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        listener = await start_listener(AsgiFace(ok), port=port, reuse_port=True)
        with pytest.raises(ConfigError, match="in use"), reserved_port("127.0.0.1", port):
            pass
        await listener.stop()
