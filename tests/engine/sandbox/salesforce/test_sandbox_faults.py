from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from engine.sandbox.salesforce.app import create_app
from engine.sandbox.salesforce.settings import SandboxSettings

if TYPE_CHECKING:
    from conftest import Api, Serve

INGEST = "/services/data/v57.0/jobs/ingest"
QUERY = "/services/data/v57.0/jobs/query"
FAULTS = "/__sandbox/faults"
CSV = {"Content-Type": "text/csv"}


async def plan(api: Api, **fault: object) -> None:
    reply = await api.http.post(FAULTS, json=fault)
    assert reply.status_code == 204, reply.text


async def test_the_next_requests_fail_as_planned_then_work_again(api: Api) -> None:
    await plan(
        api, kind="status", count=2, status=503, errorCode="SERVER_UNAVAILABLE", message="try later", retryAfter=7
    )
    for _ in range(2):
        reply = await api.http.get(INGEST)
        assert reply.status_code == 503
        assert reply.json() == [{"errorCode": "SERVER_UNAVAILABLE", "message": "try later"}]
        assert reply.headers["retry-after"] == "7"
    assert (await api.http.get(INGEST)).status_code == 200


async def test_a_fault_waits_for_its_method_and_path(api: Api) -> None:
    await plan(api, kind="status", method="post", path="/jobs/ingest$", status=403)
    assert (await api.http.get(INGEST)).status_code == 200
    refused = await api.http.post(INGEST, json={"object": "Account", "operation": "insert"})
    assert refused.status_code == 403
    assert (await api.create()).startswith("750")


async def test_faults_can_be_called_off(api: Api) -> None:
    await plan(api, kind="status", count=100)
    await api.http.post("/__sandbox/lock-rows", json={"count": 5})
    assert (await api.http.get("/__sandbox")).json()["faults"] == 1
    await api.http.delete(FAULTS)
    assert (await api.info(await api.load("Name\nx\n")))["numberRecordsFailed"] == 0


async def test_a_delayed_request_is_answered_later(api: Api) -> None:
    await plan(api, kind="delay", seconds=0.5, path="/jobs/query")
    order: list[str] = []

    async def ask(path: str) -> None:
        assert (await api.http.get(path)).status_code == 200
        order.append(path)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, QUERY)
        while (await api.http.get("/__sandbox")).json()["faults"]:
            await anyio.lowlevel.checkpoint()
        tasks.start_soon(ask, INGEST)
    assert order == [INGEST, QUERY]


async def test_a_connection_breaks_before_anything_is_read(api: Api) -> None:
    await plan(api, kind="drop", when="request")
    with pytest.raises(httpx.RemoteProtocolError):
        await api.http.get(INGEST)
    assert (await api.http.get(INGEST)).status_code == 200


async def test_a_connection_that_breaks_mid_upload_leaves_the_job_as_it_was(api: Api) -> None:
    job = await api.create()
    await plan(api, kind="drop", when="upload", afterBytes=100_000, method="PUT")

    async def content() -> object:
        for _ in range(100):
            yield b"Name\n" * 10_000

    with pytest.raises(httpx.TransportError):
        await api.http.put(f"{INGEST}/{job}/batches", content=content(), headers=CSV)  # type: ignore[arg-type]
    assert (await api.info(job))["state"] == "Open"
    await api.upload(job, "Name\nwhole\n")
    await api.patch(job, "UploadComplete")
    assert (await api.info(job))["numberRecordsProcessed"] == 1


async def test_a_connection_that_breaks_mid_answer_gives_half_of_it(api: Api) -> None:
    job = await api.load("Name\n" + "row\n" * 1000)
    await api.info(job)
    await plan(api, kind="drop", when="response", afterBytes=50)
    with pytest.raises(httpx.TransportError):
        await api.http.get(f"{INGEST}/{job}/successfulResults", headers={"Accept-Encoding": "identity"})
    assert len((await api.file(job, "successfulResults")).splitlines()) == 1001


async def test_locked_rows_fail_with_their_code(api: Api) -> None:
    await api.http.post("/__sandbox/lock-rows", json={"count": 2})
    job = await api.load("Name\na\nb\nc\n")
    assert (await api.info(job))["numberRecordsFailed"] == 2
    assert (await api.file(job, "failedResults")).count(
        "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--"
    ) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"kind": "explode"}),
        ("faults", {"kind": "status", "colour": 1}),
        ("faults", {"kind": "drop", "when": "never"}),
        ("faults", {"kind": "status", "count": "many"}),
        ("faults", {"kind": "status", "path": "("}),
        ("lock-rows", {"count": -1}),
        ("pace", {"processingDelay": -1}),
        ("pace", {"held": 1}),
    ],
)
async def test_a_switch_that_is_not_understood_says_so(api: Api, path: str, body: dict[str, object]) -> None:
    reply = await api.http.post(f"/__sandbox/{path}", json=body)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


async def test_the_pace_can_change_while_it_runs(api: Api) -> None:
    await api.http.post("/__sandbox/pace", json={"processingDelay": 600})
    job = await api.load("Name\nx\n")
    assert (await api.info(job))["state"] == "UploadComplete"
    assert (await api.http.get("/__sandbox")).json()["processingDelay"] == 600
    await api.http.post("/__sandbox/pace", json={"processingDelay": 0})
    with anyio.fail_after(10):
        while (await api.info(job))["state"] != "JobComplete":
            await anyio.lowlevel.checkpoint()


async def test_a_reset_gives_a_new_org(api: Api) -> None:
    job = await api.load("Name\nx\n")
    await api.info(job)
    assert (await api.http.post("/__sandbox/reset")).status_code == 204
    assert (await api.http.get(f"{INGEST}/{job}")).status_code == 404
    assert len(await api.rows("SELECT Id FROM Account")) == 3


async def test_the_switches_may_be_left_out(serving: Serve) -> None:
    async with serving(control=False) as api:
        assert (await api.http.get("/__sandbox")).status_code == 404


async def test_a_planned_break_is_quiet_on_a_server_that_cannot_break() -> None:
    app = create_app(SandboxSettings())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as http,
    ):
        assert (await http.post(FAULTS, json={"kind": "drop"})).status_code == 204
        with pytest.raises(AssertionError):
            await http.get(INGEST)
        assert (await http.get(INGEST)).status_code == 401
