from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from typing import Any

import httpx
import pytest

from engine.diagnostics import Problem, Severity
from engine.management.app import ManagementApp
from engine.management.sarif import to_sarif
from engine.management.state import SERVING, STARTING, STOPPING, State, together
from engine.observe.metrics import exposition

pytestmark = pytest.mark.anyio

ERROR = Problem("SYN010", Severity.ERROR, "<lgo> is no mediator", "a.xml", 3, 5, "api A", "did you mean <log>?")
WARNING = dataclasses.replace(ERROR, severity=Severity.WARNING, line=4)
API: dict[str, str | int] = {"kind": "api", "name": "A", "file": "a.xml", "line": 1}


class Engine:
    def __init__(self, **state: Any) -> None:
        self.now = State(**state)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(ManagementApp(lambda: self.now))
        async with httpx.AsyncClient(transport=transport, base_url="http://engine") as client:
            return await client.get(path, headers=headers)


async def test_readiness_is_503_until_everything_serves() -> None:
    engine = Engine(phase=STARTING)
    assert (await engine.get("/readiness")).status_code == 503
    engine.now = State(SERVING, 1, 1, (), (API,))
    answer = await engine.get("/readiness")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "phase": "serving",
        "deployment": 1,
        "files": 1,
        "artifacts": 1,
        "problems": [],
    }
    engine.now = State(STOPPING)
    assert (await engine.get("/readiness")).status_code == 503


async def test_readiness_tells_what_is_wrong() -> None:
    answer = await Engine(phase=SERVING, problems=(ERROR.as_json(),)).get("/readiness")
    assert answer.status_code == 503
    assert answer.json()["problems"] == [ERROR.as_json()]


async def test_warnings_do_not_keep_from_being_ready() -> None:
    answer = await Engine(phase=SERVING, problems=(WARNING.as_json(),)).get("/readiness")
    assert answer.status_code == 200
    assert len(answer.json()["problems"]) == 1


async def test_health_and_liveness_answer_as_mi() -> None:
    engine = Engine(phase=SERVING)
    assert (await engine.get("/liveness")).json() == {"server": "started"}
    assert (await engine.get("/healthz")).json()["status"] == "ready"
    engine.now = State(SERVING, faulty_applications=("flows/a.car",))
    answer = await engine.get("/healthz")
    assert answer.status_code == 500
    assert answer.json()["Faulty CAPPs"] == ["a.car"]
    engine.now = State(STARTING)
    assert (await engine.get("/healthz")).status_code == 503


async def test_problems_as_json_and_as_the_text_of_lint() -> None:
    engine = Engine(phase=SERVING, files=2, problems=(ERROR.as_json(),))
    assert (await engine.get("/problems")).json() == {"problems": [ERROR.as_json()], "files": 2}
    assert (await engine.get("/problems", Accept="text/plain")).text == f"{ERROR}\n"
    engine.now = State(SERVING)
    assert (await engine.get("/problems", Accept="text/plain")).text == "no problems\n"


async def test_artifacts_are_listed_and_filtered() -> None:
    engine = Engine(phase=SERVING, artifacts=(API, {**API, "kind": "sequence"}))
    assert (await engine.get("/artifacts")).json()["count"] == 2
    assert (await engine.get("/artifacts?kind=api")).json()["list"] == [API]


async def test_metrics_in_text_format() -> None:
    answer = await Engine(metrics={"synflow_requests_total": 3}).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE synflow_requests_total counter\nsynflow_requests_total 3\n" in answer.text
    assert exposition({}) == "\n"


async def test_version_and_unknown_paths() -> None:
    engine = Engine(phase=SERVING)
    assert (await engine.get("/version")).json()["product"] == "synflow"
    assert (await engine.get("/nothing")).status_code == 404


def test_probes_do_not_import_the_framework() -> None:
    code = (
        "import sys, asyncio; from engine.management.app import ManagementApp\n"
        "from engine.management.state import State\n"
        "sent = []\nasync def send(m): sent.append(m)\n"
        "asyncio.run(ManagementApp(State)({'type': 'http', 'path': '/readiness', 'method': 'GET'}, None, send))\n"
        "assert sent[0]['status'] == 503\nassert 'starlette' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_workers_are_ready_when_all_of_them_are() -> None:
    one = State(SERVING, 2, 5, (), (API,), metrics={"synflow_requests_total": 2, "synflow_ready": 1})
    two = State(SERVING, 1, 5, (ERROR.as_json(), WARNING.as_json()), (), metrics={"synflow_requests_total": 3})
    assert together([], 2) == State()
    assert together([one], 2).phase == STARTING
    both = together([one, two, two], 2)
    assert both.phase == SERVING
    assert both.generation == 2
    assert both.artifacts == (API,)
    assert len(both.problems) == 2
    assert both.metrics == {"synflow_requests_total": 8, "synflow_ready": 1}
    assert together([one, State(STOPPING)], 2).phase == STOPPING


def test_state_survives_the_way_between_processes() -> None:
    state = State(SERVING, 2, 5, (ERROR.as_json(),), (API,), ("x.car",), ("a.xml",), {"synflow_up": 1.0})
    assert State.from_json(json.loads(json.dumps(state.as_json()))) == state


def test_sarif_names_rule_place_and_text() -> None:
    log = json.loads(to_sarif([ERROR, WARNING]))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["SYN010"]
    first, second = run["results"]
    assert (first["level"], second["level"]) == ("error", "warning")
    assert first["message"]["text"] == "<lgo> is no mediator (did you mean <log>?)"
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a.xml"},
        "region": {"startLine": 3, "startColumn": 5},
    }


async def test_what_was_refused_from_the_start_does_not_keep_the_others_from_being_ready() -> None:
    answer = await Engine(phase=SERVING, problems=(ERROR.as_json(),), artifacts=(API,)).get("/readiness")
    assert answer.status_code == 200
    assert answer.json()["problems"] == [ERROR.as_json()]


async def test_a_file_whose_last_good_version_serves_makes_the_engine_not_ready() -> None:
    answer = await Engine(phase=SERVING, artifacts=(API,), stale=("a.xml",)).get("/readiness")
    assert answer.status_code == 503
