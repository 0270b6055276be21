"""The sandbox as simple-salesforce's own Bulk 2.0 client sees it."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

pytest.importorskip("simple_salesforce")
from simple_salesforce.bulk2 import ColumnDelimiter, LineEnding, Operation, SFBulk2Handler
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceMalformedRequest

from engine.sandbox.salesforce import SandboxSettings

if TYPE_CHECKING:
    from conftest import Api, Serve

WAIT = 0.01


def handler(api: Api, token: str = SandboxSettings().access_token) -> Any:
    return SFBulk2Handler(token, f"{api.url}/services/data/v57.0/jobs/")


async def call(function: Any, *arguments: Any, **named: Any) -> Any:
    return await anyio.to_thread.run_sync(partial(function, *arguments, **named))


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_insert_with_failures_and_all_result_files(api: Api) -> None:
    account = handler(api).Account
    records = [
        {"Name": "Plain", "NumberOfEmployees": "3"},
        {"Name": 'Quo"ted, with\nbreak; and | more', "NumberOfEmployees": ""},
        {"Name": "", "NumberOfEmployees": "4"},
    ]
    (result,) = await call(account.insert, records=records, wait=WAIT)
    assert (result["numberRecordsProcessed"], result["numberRecordsFailed"]) == (3, 1)
    job = result["job_id"]
    good = table(await call(account.get_successful_records, job))
    assert [row["Name"] for row in good] == ["Plain", 'Quo"ted, with\nbreak; and | more']
    assert {row["sf__Created"] for row in good} == {"true"}
    bad = table(await call(account.get_failed_records, job))
    assert [row["sf__Error"] for row in bad] == ["REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"]
    assert table(await call(account.get_unprocessed_records, job)) == []
    everything = await call(account.get_all_ingest_records, job)
    assert [len(everything[key]) for key in ("successfulRecords", "failedRecords", "unprocessedRecords")] == [2, 1, 0]


async def test_upsert_update_delete_and_hard_delete(api: Api) -> None:
    account = handler(api).Account
    (made,) = await call(
        account.upsert,
        records=[{"External_Id__c": "S1", "Name": "one"}, {"External_Id__c": "S2", "Name": "two"}],
        external_id_field="External_Id__c",
        wait=WAIT,
    )
    first, second = (row["sf__Id"] for row in table(await call(account.get_successful_records, made["job_id"])))
    (changed,) = await call(account.update, records=[{"Id": first, "Name": "changed"}], wait=WAIT)
    assert changed["numberRecordsFailed"] == 0
    (deleted,) = await call(account.delete, records=[{"Id": first}], wait=WAIT)
    (removed,) = await call(account.hard_delete, records=[{"Id": second}], wait=WAIT)
    assert (deleted["numberRecordsFailed"], removed["numberRecordsFailed"]) == (0, 0)
    pages = await call(
        lambda: list(account.query_all("SELECT Name, IsDeleted FROM Account WHERE External_Id__c LIKE 'S%'", wait=WAIT))
    )
    assert table(pages[0]) == [{"Name": "changed", "IsDeleted": "true"}]


async def test_files_other_delimiters_and_several_jobs_at_once(api: Api, tmp_path: Path) -> None:
    account = handler(api).Account
    source = tmp_path / "accounts.csv"
    source.write_bytes(b"Name|Site\r\n" + b"".join(b"file %d|here\r\n" % number for number in range(50)))
    results = await call(
        account.insert,
        csv_file=str(source),
        batch_size=20,
        concurrency=3,
        column_delimiter=ColumnDelimiter.PIPE,
        line_ending=LineEnding.CRLF,
        wait=WAIT,
    )
    assert sorted(result["numberRecordsProcessed"] for result in results) == [10, 20, 20]
    target = tmp_path / "out.csv"
    await call(account.get_successful_records, results[0]["job_id"], str(target))
    assert target.read_bytes().startswith(b'"sf__Id"|"sf__Created"|Name|Site\r\n')


async def test_query_page_by_page_and_to_files(api: Api, tmp_path: Path) -> None:
    account = handler(api).Account
    await call(account.insert, records=[{"Name": f"page {number}"} for number in range(5)], wait=WAIT)
    soql = "SELECT Id, Name FROM Account WHERE Name LIKE 'page%'"
    pages = await call(lambda: list(account.query(soql, max_records=2, wait=WAIT)))
    assert [len(table(page)) for page in pages] == [2, 2, 1]
    files = await call(account.download, soql, str(tmp_path), max_records=3, wait=WAIT)
    assert [part["number_of_records"] for part in files] == [3, 2]
    assert sum(len(table(Path(part["file"]).read_text())) for part in files) == 5


async def test_jobs_are_closed_aborted_and_looked_at(serving: Serve) -> None:
    async with serving(processing_delay=600) as api:
        client = handler(api).Account._client
        job = (await call(client.create_job, Operation.insert))["id"]
        await call(client.upload_job_data, job, "Name\nx\n")
        assert (await call(client.close_job, job))["state"] == "UploadComplete"
        assert (await call(client.get_job, job, False))["state"] == "UploadComplete"
        assert (await call(client.abort_job, job, False))["state"] == "Aborted"


async def test_errors_are_understood(api: Api) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'Nope'"):
        await call(lambda: list(handler(api).Account.query("SELECT Nope FROM Account", wait=WAIT)))
    with pytest.raises(SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        await call(handler(api, "old").Account.insert, records=[{"Name": "x"}], wait=WAIT)
    with pytest.raises(SalesforceMalformedRequest, match="Unable to find object: Nope"):
        await call(handler(api).Nope.insert, records=[{"Name": "x"}], wait=WAIT)
