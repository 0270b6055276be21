from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from engine.errors import ConfigError
from engine.sandbox.salesforce import SandboxSettings, create_app, running
from engine.sandbox.salesforce.server import banner

if TYPE_CHECKING:
    from conftest import Api, Serve

VERSION = "/services/data/v57.0"


async def test_records_and_jobs_survive_a_restart(serving: Serve, database: Path) -> None:
    async with serving(database=database) as api:
        job = await api.load("Name\nkept\n")
        assert (await api.info(job))["state"] == "JobComplete"
        before = await api.rows("SELECT Id, Name FROM Account")
        waiting = await api.create()
        await api.upload(waiting, "Name\nlater\n")
        query = await api.query("SELECT Name FROM Account WHERE Name = 'kept'")
        await api.info(query, "query")
    async with serving(database=database) as api:
        assert await api.rows("SELECT Id, Name FROM Account") == before
        assert '"kept"' in await api.file(job, "successfulResults")
        results = await api.http.get(f"{VERSION}/jobs/query/{query}/results")
        assert results.text == '"Name"\n"kept"\n'
        assert (await api.info(waiting))["state"] == "Open"
        await api.patch(waiting, "UploadComplete")
        assert (await api.info(waiting))["numberRecordsProcessed"] == 1
        assert await api.create() not in (job, waiting, query)


async def test_jobs_under_way_at_the_end_are_taken_up_or_failed(serving: Serve, database: Path) -> None:
    async with serving(database=database) as api:
        await api.http.post("/__sandbox/pace", json={"held": True})
        working = await api.load("Name\nworking\n")
        assert (await api.info(working))["state"] == "InProgress"
        await api.http.post("/__sandbox/pace", json={"processingDelay": 600})
        closed = await api.load("Name\nclosed\n")
    async with serving(database=database) as api:
        assert (await api.info(closed))["numberRecordsProcessed"] == 1
        info = await api.info(working)
        assert (info["state"], info["errorMessage"]) == (
            "Failed",
            "InternalServerError : The server was restarted while the job was running",
        )


async def test_a_data_file_adds_objects_fields_and_records(serving: Serve, tmp_path: Path, database: Path) -> None:
    data = tmp_path / "org.json"
    data.write_text(
        json.dumps(
            {
                "objects": [
                    {
                        "name": "Invoice__c",
                        "keyPrefix": "a00",
                        "fields": [
                            {"name": "Amount__c", "type": "currency", "required": True},
                            {"name": "Account__c", "type": "reference", "referenceTo": "Account"},
                            {"name": "State__c", "type": "picklist", "values": ["Open", "Paid"], "restricted": True},
                            {"name": "Sent__c", "type": "boolean"},
                        ],
                    },
                    {"name": "Account", "fields": [{"name": "Colour__c", "type": "string", "length": 10}]},
                ],
                "records": {
                    "Account": [{"Name": "Red", "Colour__c": "red", "External_Id__c": "R"}],
                    "Invoice__c": [{"Amount__c": 12.5, "State__c": "open", "Account__r.External_Id__c": "R"}],
                },
            }
        )
    )
    async with serving(database=database) as api:
        assert (await api.http.get(f"{VERSION}/sobjects/Invoice__c/describe")).status_code == 404
    database.unlink()
    async with serving(data=data, database=database) as api:
        assert await api.rows("SELECT Amount__c, State__c, Sent__c, Account__r.Colour__c FROM invoice__c") == [
            '"12.5","open","false","red"'
        ]
        job = await api.load("Amount__c,State__c\n1,Paid\n2,Lost\n,Open\n", object="Invoice__c")
        failed = (await api.file(job, "failedResults")).splitlines()[1:]
        assert ["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in failed[0], "[Amount__c]" in failed[1]] == [True, True]


async def test_fields_of_a_data_file_reach_an_existing_database(serving: Serve, tmp_path: Path, database: Path) -> None:
    async with serving(database=database) as api:
        await api.info(await api.load("Name\nold\n"))
    data = tmp_path / "org.json"
    data.write_text('{"objects": [{"name": "Account", "fields": [{"name": "Colour__c", "type": "string"}]}]}')
    async with serving(database=database, data=data) as api:
        assert await api.rows("SELECT Name, Colour__c FROM Account WHERE Name = 'old'") == ['"old",""']


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ('{"objects": {}}', '"objects" must be a list'),
        ('{"objects": [{"label": "x"}]}', "has no name"),
        ('{"objects": [{"name": "X__c", "colour": "red"}]}', "unknown members: colour"),
        ('{"objects": [{"name": "X__c", "keyPrefix": "001"}]}', "keyPrefix '001' of X__c"),
        ('{"objects": [{"name": "X__c", "fields": [{"name": "F__c", "type": "thing"}]}]}', "type must be one of"),
        ('{"records": {"Nope": []}}', "unknown object 'Nope'"),
        ('{"records": []}', '"records" must be'),
    ],
)
def test_a_data_file_that_is_wrong_is_told_so(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"data\.json") as caught:
        create_app(SandboxSettings(data=path))
    assert message in str(caught.value)


def test_a_data_file_that_is_missing_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the data file"):
        create_app(SandboxSettings(data=tmp_path / "none.json"))


async def test_a_taken_port_is_an_error_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            async with running(SandboxSettings(), port=taken.getsockname()[1]):
                pass


async def test_a_first_record_that_does_not_fit_stops_the_start(serving: Serve, tmp_path: Path, database: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text('{"records": {"Account": [{"Site": "no name"}]}}')
    for settings in (SandboxSettings(data=data), SandboxSettings(data=data, database=database)):
        with pytest.raises(ConfigError, match=r"data\.json: record of Account .*Required fields are missing: \[Name\]"):
            async with running(settings):
                pass
    async with serving(database=database) as api:
        assert len(await api.rows("SELECT Id FROM Account")) == 3


async def test_the_end_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    async with running(SandboxSettings(processing_delay=600)) as url:
        assert [entry.name.startswith("salesforce-sandbox-") for entry in tmp_path.iterdir()] == [True]
        assert {number: signal.getsignal(number) for number in handlers} == handlers
        async with httpx.AsyncClient(base_url=url) as http:
            assert (await http.get("/services/data")).status_code == 200
    assert list(tmp_path.iterdir()) == []


def test_the_banner_shows_demo_credentials_and_hides_others() -> None:
    demo = SandboxSettings()
    assert demo.client_secret in banner(demo, "http://127.0.0.1:1")
    assert "export SALESFORCE_INSTANCE_URL=http://127.0.0.1:1" in banner(demo, "http://127.0.0.1:1")
    own = SandboxSettings(client_secret="mine", password="my own", access_token="very own")
    assert not any(word in banner(own, "http://x") for word in ("mine", "my own", "very own"))


def test_serving_alone_ends_cleanly_on_a_signal(tmp_path: Path) -> None:
    code = (
        "import asyncio; from engine.sandbox.salesforce import SandboxSettings, serve; "
        "asyncio.run(serve(SandboxSettings()))"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-W", "error", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env=environment) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Salesforce sandbox at http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        _, problems = process.communicate(timeout=30)
    assert (process.returncode, problems) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_the_engine_does_not_load_the_sandbox() -> None:
    code = "import sys, engine, engine.sandbox; print('starlette' in sys.modules, 'sqlite3' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "False False\n"


async def test_other_requests_are_answered_while_a_large_load_runs(api: Api) -> None:
    job = await api.create()
    await api.upload(job, "Name,AnnualRevenue\n" + "".join(f"load {n},{n}\n" for n in range(20_000)))
    await api.http.post("/__sandbox/pace", json={"held": True})
    await api.patch(job, "UploadComplete")
    await api.http.post("/__sandbox/pace", json={"held": False})
    answered = 0
    while (await api.http.get("/__sandbox")).json()["jobs"][job] in ("UploadComplete", "InProgress"):
        answered += 1
    assert answered > 0
    info = await api.info(job)
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (20_000, 0)
