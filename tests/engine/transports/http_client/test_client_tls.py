"""TLS: whom we trust, who we are, and what goes wrong in between."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from engine.errors import ConfigError, ErrorCode, TransportError
from engine.transports.http_client import ClientSettings, Timeouts, parse_target
from engine.transports.http_client.tls import client_context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def server_context(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def answer(line: Any) -> None:
    while True:
        head, body = await line.request()
        if not head:
            return
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def test_trusted_peer(make_client: Any, start_peer: Any, authority: trustme.CA, ca_file: str) -> None:
    client = make_client(ca_file=ca_file)
    peer = await start_peer(answer, server_context(authority))
    for size in (10, 2_000_000):
        response = await client.request("POST", peer.target(), [], b"x" * size)
        assert await response.read() == b"x" * size
    assert (client.created, client.reused) == (1, 1)


async def test_host_name_is_sent_and_checked(
    make_client: Any, start_peer: Any, authority: trustme.CA, ca_file: str
) -> None:
    client = make_client(ca_file=ca_file)
    asked = []
    context = server_context(authority, "localhost")
    context.sni_callback = lambda _, name, __: asked.append(name)
    peer = await start_peer(answer, context)
    target = parse_target(f"https://localhost:{peer.port}/")
    assert (await client.request("GET", target, [])).status == 200
    assert asked == ["localhost"]
    with pytest.raises(TransportError) as caught:
        await client.request("GET", peer.target(), [])
    assert caught.value.base_code == ErrorCode.CONNECTION_FAILED
    assert "its TLS certificate is not accepted" in caught.value.detail
    assert "127.0.0.1" in caught.value.detail


async def test_unknown_authority_is_refused_by_default(
    make_client: Any, start_peer: Any, authority: trustme.CA
) -> None:
    client = make_client()
    peer = await start_peer(answer, server_context(authority))
    with pytest.raises(TransportError) as caught:
        await client.request("GET", peer.target(), [])
    error = caught.value
    assert (error.base_code, error.message) == (
        ErrorCode.CONNECTION_FAILED,
        "Error connecting to the back end",
    )
    assert "certificate is not accepted: " in error.detail
    assert client.open == 0


async def test_verification_can_be_switched_off(make_client: Any, start_peer: Any, authority: trustme.CA) -> None:
    client = make_client(verify=False)
    peer = await start_peer(answer, server_context(authority, "other.example"))
    assert (await client.request("GET", peer.target(), [])).status == 200


async def test_client_certificate(
    make_client: Any, start_peer: Any, authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    identity = authority.issue_cert("client@example.org")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    identity.cert_chain_pems[0].write_to_path(cert)
    identity.private_key_pem.write_to_path(key)
    context = server_context(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    peer = await start_peer(answer, context)
    known = make_client(ca_file=ca_file, cert_file=str(cert), key_file=str(key))
    assert (await known.request("GET", peer.target(), [])).status == 200
    unknown = make_client(ca_file=ca_file)
    with pytest.raises(TransportError) as caught:
        await unknown.request("GET", peer.target(), [])
    assert caught.value.base_code in (ErrorCode.CONNECTION_FAILED, ErrorCode.CONNECTION_CLOSED)


async def test_peer_without_tls(make_client: Any, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        await line.reader.read(10)
        await line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    client = make_client()
    peer = await start_peer(script)
    with pytest.raises(TransportError) as caught:
        await client.request("GET", parse_target(f"https://127.0.0.1:{peer.port}/"), [])
    assert caught.value.base_code == ErrorCode.CONNECTION_FAILED
    assert "TLS handshake failed" in caught.value.detail


async def test_peer_that_closes_in_the_handshake(make_client: Any, start_peer: Any) -> None:
    async def script(line: Any) -> None:
        await line.reader.read(10)

    client = make_client()
    peer = await start_peer(script)
    with pytest.raises(TransportError) as caught:
        await client.request("GET", parse_target(f"https://127.0.0.1:{peer.port}/"), [])
    assert caught.value.base_code == ErrorCode.CONNECTION_FAILED
    assert caught.value.detail.startswith(f"127.0.0.1:{peer.port}: ")


async def test_peer_that_stalls_in_the_handshake(make_client: Any, start_peer: Any) -> None:
    client = make_client()
    peer = await start_peer(lambda line: line.ended())
    target = parse_target(f"https://127.0.0.1:{peer.port}/")
    with pytest.raises(TransportError) as caught:
        await client.request("GET", target, [], timeouts=Timeouts(connect=0.05))
    assert caught.value.base_code == ErrorCode.CONNECT_TIMEOUT


async def test_reply_that_breaks_off_under_tls(
    make_client: Any, start_peer: Any, authority: trustme.CA, ca_file: str
) -> None:
    async def script(line: Any) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")

    client = make_client(ca_file=ca_file)
    peer = await start_peer(script, server_context(authority))
    with pytest.raises(TransportError) as caught:
        await client.request("GET", peer.target(), [])
    assert (caught.value.base_code, caught.value.state) == (ErrorCode.CONNECTION_CLOSED, 5)


async def test_cancelled_call_closes_its_connection_under_tls(
    make_client: Any, start_peer: Any, authority: trustme.CA, ca_file: str, wait_until: Any
) -> None:
    client = make_client(ca_file=ca_file)
    peer = await start_peer(answer, server_context(authority))
    for turns in range(30):
        call = asyncio.create_task(client.request("POST", peer.target(), [], b"x" * 100_000))
        for _ in range(turns):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
    await wait_until(lambda: client.open == client.idle)
    assert (await client.request("GET", peer.target(), [])).status == 200


def test_context_is_made_once_for_equal_settings(ca_file: str) -> None:
    first = client_context(ClientSettings(ca_file=ca_file))
    assert client_context(ClientSettings(ca_file=ca_file, idle_seconds=1)) is first
    assert client_context(ClientSettings(ca_file=ca_file, verify=False)) is not first
    assert first.verify_mode == ssl.CERT_REQUIRED
    assert first.check_hostname
    assert first.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("field", ["ca_file", "cert_file"])
@pytest.mark.parametrize("content", [None, "no PEM"])
def test_unusable_file_is_named(tmp_path: Path, field: str, content: str | None) -> None:
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    settings: Any = {field: str(path)}
    with pytest.raises(ConfigError, match=r"file\.pem"):
        client_context(ClientSettings(**settings))


def test_password_of_the_key_is_not_shown() -> None:
    assert "sesame" not in repr(ClientSettings(key_password="sesame"))
