from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import httpx
import pytest

from engine.sandbox.salesforce import SandboxSettings

VERSION = "/services/data/v57.0"
MEBIBYTE = 1 << 20
ALLOWED_GROWTH = 32 * MEBIBYTE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from /proc"),
]


def peak(process: subprocess.Popen[str]) -> int:
    """The most memory the process ever had, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    code = (
        "import asyncio; from engine.sandbox.salesforce import SandboxSettings, serve; "
        "asyncio.run(serve(SandboxSettings()))"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
        process.terminate()


async def test_large_uploads_loads_and_results_do_not_grow_the_process(
    sandbox: tuple[subprocess.Popen[str], str],
) -> None:
    process, url = sandbox
    headers = {"Authorization": f"Bearer {SandboxSettings().access_token}"}
    line = b"x" * 1023 + b"\n"

    async def wide() -> AsyncIterator[bytes]:
        for _ in range(150):
            yield line * 1024

    async def rows() -> AsyncIterator[bytes]:
        yield b"Name,Description\n"
        for start in range(0, 40_000, 1000):
            yield "".join(f'row {n},"{"d" * 500}"\n' for n in range(start, start + 1000)).encode()

    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http:

        async def upload(content: AsyncIterator[bytes]) -> str:
            job = (await http.post(f"{VERSION}/jobs/ingest", json={"object": "Account", "operation": "insert"})).json()
            path = f"{VERSION}/jobs/ingest/{job['id']}"
            reply = await http.put(f"{path}/batches", content=content, headers={"Content-Type": "text/csv"})
            assert reply.status_code == 201
            return path

        before = peak(process)
        await upload(wide())
        assert peak(process) - before < ALLOWED_GROWTH
        path = await upload(rows())
        await http.patch(path, json={"state": "UploadComplete"})
        with anyio.fail_after(120):
            while (info := (await http.get(path)).json())["state"] != "JobComplete":
                assert info["state"] in ("UploadComplete", "InProgress")
        assert info["numberRecordsProcessed"] == 40_000
        query = {"operation": "query", "query": "SELECT Id, Name, Description FROM Account"}
        job = (await http.post(f"{VERSION}/jobs/query", json=query)).json()["id"]
        with anyio.fail_after(120):
            while (await http.get(f"{VERSION}/jobs/query/{job}")).json()["state"] != "JobComplete":
                await anyio.lowlevel.checkpoint()
        received = 0
        async with http.stream("GET", f"{VERSION}/jobs/query/{job}/results") as results:
            async for chunk in results.aiter_bytes():
                received += len(chunk)
        assert received > 20 * MEBIBYTE
        assert peak(process) - before < ALLOWED_GROWTH
