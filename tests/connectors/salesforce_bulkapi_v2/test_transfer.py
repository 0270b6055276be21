"""Transfers over real connections: large, and broken off half-way."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectors.salesforce_bulkapi_v2.calls import progressing
from engine.errors import MediationError, TransportError
from engine.message.blob import Blob, Spool
from engine.message.context import MessageContext
from engine.message.values import TextNode
from engine.settings import Settings
from engine.settings.model import Files
from engine.transports.http_client.client import HttpClient
from engine.transports.http_service import HttpCalls
from tests.connectors.kit import deployment_of, local_entry, run
from tests.fakes.flows import FakeServices, a_message

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b'"Id","Name"\n'
ROW = b'"001","Name, with ""quotes"" and \\ in it"\n'


@asynccontextmanager
async def org(serve: Serve) -> AsyncIterator[tuple[str, HttpClient]]:
    """A back end on a real socket, and a client for it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    client = HttpClient()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", client
    finally:
        await client.aclose()
        server.close()
        await server.wait_closed()


def message_for(url: str, client: HttpClient, folder: Path, **properties: object) -> MessageContext:
    entry = local_entry(
        "ORG",
        f"<salesforce_bulkapi_v2.init><instanceUrl>{url}</instanceUrl>"
        "<accessToken>A</accessToken></salesforce_bulkapi_v2.init>",
    )
    services = FakeServices(settings=Settings(files=Files(data_folder=str(folder))), http=HttpCalls(client))
    return a_message("{}", services=services, deployment=deployment_of(entry), properties=properties)


async def read_all(body: AsyncIterable[bytes]) -> bytes:
    return b"".join([chunk async for chunk in body])


def results(more: str = "") -> str:
    return (
        f'<salesforce_bulkapi_v2.getFailedResults configKey="ORG"><jobId>1</jobId>{more}'
        "</salesforce_bulkapi_v2.getFailedResults>"
    )


TO_FILE = "<includeResultTo>FILE</includeResultTo><filePath>out</filePath>"


def table(rows: int, sent: int | None = None) -> Serve:
    """Serves a table of so many rows, and breaks off after `sent`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = len(HEAD) + rows * len(ROW)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n" % length + HEAD)
        for _ in range(rows if sent is None else sent):
            writer.write(ROW)
            await writer.drain()

    return serve


async def test_a_connection_that_breaks_during_an_upload_is_a_fault(tmp_path: Path) -> None:
    spool = Spool(threshold=1 << 16)
    for _ in range(256):
        await spool.write(b"x" * 65_536)
    blob = await spool.finish()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1 << 20)

    async with org(serve) as (url, client):
        message = message_for(url, client, tmp_path, d=TextNode(blob))
        with pytest.raises(TransportError):
            await run(
                '<salesforce_bulkapi_v2.uploadJobData configKey="ORG"><jobId>1</jobId>'
                "<inputData>{$ctx:d}</inputData></salesforce_bulkapi_v2.uploadJobData>",
                message,
            )


@pytest.mark.parametrize("output", ["JSON", "CSV"])
async def test_results_that_break_off_are_a_fault_and_leave_no_file(tmp_path: Path, output: str) -> None:
    async with org(table(50_000, sent=20_000)) as (url, client):
        with pytest.raises(MediationError):
            await run(results(TO_FILE + f"<outputType>{output}</outputType>"), message_for(url, client, tmp_path))
    assert list(tmp_path.iterdir()) == []


async def test_results_that_break_off_on_their_way_to_the_client_are_not_taken_for_whole(tmp_path: Path) -> None:
    async with org(table(50_000, sent=20_000)) as (url, client):
        message = await run(results(), message_for(url, client, tmp_path))
        written = await message.exchange.services.formats.write(message, request=False)
        assert not isinstance(written.body, bytes)
        with pytest.raises(MediationError):
            await read_all(written.body)


@pytest.mark.parametrize("more", ["", TO_FILE])
async def test_many_rows(tmp_path: Path, more: str) -> None:
    async with org(table(20_000)) as (url, client):
        message = await run(results(more), message_for(url, client, tmp_path))
        written = await message.exchange.services.formats.write(message, request=False)
        assert not isinstance(written.body, bytes)
        rows = json.loads(await read_all(written.body))
    assert len(rows) == 20_000
    assert rows[19_999] == {"Id": "001", "Name": 'Name, with "quotes" and \\ in it'}


async def test_progress_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        chunks = [chunk async for chunk in progressing(Blob(b"x" * (2 << 20)), "uploading", 2 << 20, seconds=0)]
    assert len(b"".join(chunks)) == 2 << 20
    assert "uploading: 2 of 2 MiB" in caplog.text
