"""The sandbox as jsforce's own Bulk 2.0 client sees it; jsforce is fetched by npm into a cache folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import anyio
import pytest

from engine.sandbox.salesforce import SandboxSettings

if TYPE_CHECKING:
    from conftest import Api

JSFORCE = "3.10.16"
SCRIPT = Path(__file__).with_name("jsforce_client.js")
DEMO = SandboxSettings()

Play = Callable[[str], Coroutine[Any, Any, Any]]


def missing(reason: str) -> NoReturn:
    if os.environ.get("SYNFLOW_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def install(folder: Path) -> None:
    """Fetch jsforce into `folder`, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as part:
        done = subprocess.run(
            ["npm", "install", "--prefix", part, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund",
             "--fetch-retries=1", "--fetch-timeout=30000", f"jsforce@{JSFORCE}"],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        if done.returncode:
            missing(f"npm cannot fetch jsforce: {done.stderr.strip().splitlines()[-1:]}")
        if not folder.exists():
            shutil.move(part, folder)
            Path(part).mkdir()


@pytest.fixture(scope="session")
def jsforce() -> Path:
    """The folder with jsforce in it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("jsforce needs node and npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "synflow-tests" / f"jsforce-{JSFORCE}"
    if not (folder / "node_modules" / "jsforce" / "package.json").exists():
        install(folder)
    return folder


@pytest.fixture
def play(api: Api, jsforce: Path) -> Play:
    """Runs one scene of the client against the sandbox and gives what it told."""
    environment = {
        **os.environ,
        "JSFORCE_FOLDER": str(jsforce),
        "DEMO_TOKEN": DEMO.access_token,
        "DEMO_REFRESH": DEMO.refresh_token,
        "DEMO_CLIENT": DEMO.client_id,
        "DEMO_SECRET": DEMO.client_secret,
        "DEMO_USER": DEMO.username,
        "DEMO_PASSWORD": DEMO.password,
    }

    async def run(scene: str) -> Any:
        with anyio.fail_after(60):
            done = await anyio.run_process(["node", str(SCRIPT), api.url, scene], check=False, env=environment)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return run


async def test_insert_gives_good_and_bad_rows(play: Play) -> None:
    outcome = await play("insert")
    (good,), (bad,) = outcome["successfulResults"], outcome["failedResults"]
    assert (good["Name"], good["Website"], good["sf__Created"]) == ("first; of | them", "", "true")
    assert good["Description"] == 'line\nbreak "quoted"'
    assert bad["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
    assert bad["Website"] == "https://second.example"
    assert outcome["unprocessedRecords"] == []


async def test_upsert_creates_and_updates(play: Play) -> None:
    outcome = await play("upsert")
    assert [row["sf__Created"] for row in outcome["made"]["successfulResults"]] == ["true"]
    assert [row["sf__Created"] for row in outcome["changed"]["successfulResults"]] == ["false", "true"]


async def test_delete_then_hard_delete(play: Play) -> None:
    outcome = await play("remove")
    assert [len(outcome[step]["successfulResults"]) for step in ("deleted", "again")] == [1, 1]


async def test_a_job_step_by_step(play: Play) -> None:
    outcome = await play("steps")
    assert (outcome["opened"], outcome["closed"]) == ("Open", "UploadComplete")
    assert outcome["checked"]["state"] == "JobComplete"
    assert outcome["checked"]["numberRecordsProcessed"] == 1
    assert outcome["gone"]["message"] == "The requested resource does not exist"


async def test_query_rows_arrive_with_canonical_names(play: Play) -> None:
    rows = await play("query")
    assert [row["Name"] for row in rows] == [
        "Harbour Tea Importers", "Northwind Turbines", "Sample Account for Entitlements",
    ]  # fmt: skip
    assert rows[2]["Id"] == "0018d00000SIDcyAAH"


async def test_an_expired_token_is_refreshed(play: Play) -> None:
    assert await play("refresh") == {"rows": [{"Name": "Ada Lind"}], "renewed": True}


async def test_logins_by_soap_and_by_grant(play: Play) -> None:
    outcome = await play("logins")
    assert outcome["user"]["organizationId"].startswith("00D")
    assert outcome["found"] == 1
    assert "INVALID_LOGIN" in outcome["wrong"]["message"]


async def test_errors_keep_their_codes(play: Play) -> None:
    outcome = await play("errors")
    assert outcome["bad"]["code"] == "INVALID_FIELD"
    assert outcome["expired"]["code"] == "INVALID_SESSION_ID"
