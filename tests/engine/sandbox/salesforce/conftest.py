from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from engine.sandbox.salesforce import SandboxSettings, running

VERSION = "/services/data/v57.0"
AUTHORIZED = {"Authorization": f"Bearer {SandboxSettings().access_token}"}


@dataclass
class Api:
    """The calls a client makes, against one running sandbox."""

    url: str
    http: httpx.AsyncClient

    async def create(self, **members: object) -> str:
        body = {"object": "Account", "operation": "insert", **members}
        reply = await self.http.post(f"{VERSION}/jobs/ingest", json=body)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["id"])

    async def upload(self, job: str, content: bytes | str, status: int = 201) -> httpx.Response:
        reply = await self.http.put(
            f"{VERSION}/jobs/ingest/{job}/batches",
            content=content.encode() if isinstance(content, str) else content,
            headers={"Content-Type": "text/csv"},
        )
        assert reply.status_code == status, reply.text
        return reply

    async def patch(self, job: str, state: str, kind: str = "ingest") -> httpx.Response:
        return await self.http.patch(f"{VERSION}/jobs/{kind}/{job}", json={"state": state})

    async def load(self, content: bytes | str, **members: object) -> str:
        """Create, upload, close; the id of the job."""
        job = await self.create(**members)
        await self.upload(job, content)
        assert (await self.patch(job, "UploadComplete")).status_code == 200
        return job

    async def info(self, job: str, kind: str = "ingest") -> dict[str, object]:
        reply = await self.http.get(f"{VERSION}/jobs/{kind}/{job}")
        assert reply.status_code == 200, reply.text
        body: dict[str, object] = reply.json()
        return body

    async def file(self, job: str, name: str) -> str:
        reply = await self.http.get(f"{VERSION}/jobs/ingest/{job}/{name}")
        assert reply.status_code == 200, reply.text
        assert reply.headers["content-type"] == "text/csv; charset=UTF-8"
        return reply.content.decode()

    async def query(self, soql: str, **members: object) -> str:
        """Create a query job; its id."""
        reply = await self.http.post(f"{VERSION}/jobs/query", json={"operation": "query", "query": soql, **members})
        assert reply.status_code == 200, reply.text
        return str(reply.json()["id"])

    async def rows(self, soql: str, **members: object) -> list[str]:
        """The lines of a query's results without the header."""
        job = await self.query(soql, **members)
        assert (await self.info(job, "query"))["state"] == "JobComplete"
        reply = await self.http.get(f"{VERSION}/jobs/query/{job}/results")
        assert reply.status_code == 200, reply.text
        return reply.content.decode().splitlines()[1:]


Serve = Callable[..., AbstractAsyncContextManager[Api]]


@asynccontextmanager
async def serve_api(settings: SandboxSettings) -> AsyncIterator[Api]:
    async with (
        running(settings) as url,
        httpx.AsyncClient(base_url=url, headers=AUTHORIZED, timeout=30) as http,
    ):
        yield Api(url, http)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def serving() -> Serve:
    """Serves a sandbox with other settings than the default ones."""

    def serve(**changes: object) -> AbstractAsyncContextManager[Api]:
        return serve_api(replace(SandboxSettings(), **changes))  # type: ignore[arg-type]

    return serve


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serve_api(SandboxSettings()) as api:
        yield api


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "org.db"
