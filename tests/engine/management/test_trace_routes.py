from __future__ import annotations

import httpx
import pytest

from engine.management.app import ManagementApp
from engine.management.state import State
from engine.observe.trace_store import KeptTrace, KeptTraces

pytestmark = pytest.mark.anyio


def kept(*, asked: bool, faulted: bool, number: int = 1) -> KeptTrace:
    return KeptTrace.of(
        {"id": f"t{number}", "status": 500}, {"id": f"t{number}", "steps": []}, asked=asked, faulted=faulted
    )


async def get(traces: KeptTraces | None, path: str, client: str = "127.0.0.1") -> httpx.Response:
    transport = httpx.ASGITransport(ManagementApp(State, traces), client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        return await http.get(path)


async def test_lists_hold_summaries_newest_first() -> None:
    traces = KeptTraces(5, 1000)
    traces.add(kept(asked=True, faulted=False, number=1))
    traces.add(kept(asked=False, faulted=True, number=2))
    traces.add(kept(asked=True, faulted=True, number=3))
    assert (await get(traces, "/traces")).json() == {
        "count": 2,
        "list": [{"id": "t3", "status": 500}, {"id": "t1", "status": 500}],
    }
    assert [each["id"] for each in (await get(traces, "/faults")).json()["list"]] == ["t3", "t2"]


@pytest.mark.parametrize("path", ["/traces/t1", "/faults/t1"])
async def test_one_trace_is_its_json(path: str) -> None:
    traces = KeptTraces(5, 1000)
    traces.add(kept(asked=False, faulted=True))
    answer = await get(traces, path)
    assert (answer.status_code, answer.json()) == (200, {"id": "t1", "steps": []})
    assert answer.headers["content-type"] == "application/json"


async def test_unknown_trace_is_404_with_its_id() -> None:
    answer = await get(KeptTraces(5, 1000), "/traces/t9")
    assert (answer.status_code, "t9" in answer.json()["Error"]) == (404, True)


@pytest.mark.parametrize("path", ["/traces", "/traces/t1", "/faults", "/faults/t1"])
async def test_nothing_is_shown_to_other_machines(path: str) -> None:
    traces = KeptTraces(5, 1000)
    traces.add(kept(asked=True, faulted=True))
    answer = await get(traces, path, client="192.0.2.1")
    assert (answer.status_code, list(answer.json())) == (403, ["Error"])


@pytest.mark.parametrize("path", ["/traces", "/traces/t1", "/faults", "/faults/t1"])
async def test_without_traces_the_settings_are_named(path: str) -> None:
    answer = await get(None, path)
    assert answer.status_code == 404
    assert "allow_header = true" in answer.json()["Error"]
