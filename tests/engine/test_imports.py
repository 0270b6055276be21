"""What `synflow run` imports before its first reply; every module there is time that somebody waits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import asyncio, os, sys
from engine.app import Engine
from engine.cli.run import read_settings

async def main(path):
    settings = read_settings([path], None, {"listener.port": 0, "management.port": 0})
    engine = Engine(settings, [path])
    await engine.start()
    reader, writer = await asyncio.open_connection(engine.listener.host, engine.listener.port)
    writer.write(b"GET /ping HTTP/1.1\\r\\nHost: here\\r\\nConnection: close\\r\\n\\r\\n")
    reply = await reader.read()
    assert reply.startswith(b"HTTP/1.1 200 "), reply
    writer.close()
    print("\\n".join(sorted(sys.modules)))
    await engine.stop()

asyncio.run(main(sys.argv[1]))
"""

PING = """<api xmlns="http://ws.apache.org/ns/synapse" name="ping" context="/ping">
<resource methods="GET"><inSequence>
<property name="HTTP_SC" value="200" scope="axis2"/><respond/>
</inSequence></resource>
</api>"""

CEILING = 560
"""Modules in all, those of the standard library included."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The modules of a process that has loaded the sample flows and answered one request."""
    folder = tmp_path_factory.mktemp("work") / "flows"
    folder.mkdir()
    for file in (ROOT / "flows" / "salesforce").glob("*.xml"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "ping.xml").write_text(PING)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("name", [
    # other people's (uvicorn itself brings anyio and watchfiles)
    "aiohttp", "httpx", "jsonpath_ng", "starlette",
    # dear ones of the standard library
    "http.client", "importlib.metadata", "sqlite3", "tomllib", "urllib.request",
    # ours, of which the sample flows use nothing
    "connectors.fileconnector", "connectors.file.operations.compress", "connectors.salesforce_bulkapi_v2.rows",
    "engine.artifacts.proxy", "engine.codecs.csv", "engine.codecs.multipart", "engine.endpoints.http",
    "engine.endpoints.oauth", "engine.expressions.synapse", "engine.management.routes", "engine.observe.tracing",
    "engine.sandbox", "engine.settings.axis2", "engine.source.archive",
])  # fmt: skip
def test_modules_that_no_start_needs_are_not_imported(name: str, imported: frozenset[str]) -> None:
    assert name not in imported


def test_the_engine_and_what_the_flows_use_are_imported(imported: frozenset[str]) -> None:
    assert {
        "engine.app",
        "engine.mediators.property",
        "connectors.salesforce_bulkapi_v2.operations.create_job",
    } <= imported


def test_a_start_imports_few_modules(imported: frozenset[str]) -> None:
    assert len(imported) <= CEILING
