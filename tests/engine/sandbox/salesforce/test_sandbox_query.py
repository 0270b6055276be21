from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Api, Serve

VERSION = "/services/data/v57.0"
QUERY = f"{VERSION}/jobs/query"


async def test_the_sample_query_answers_as_documented(api: Api) -> None:
    created = await api.http.post(
        f"{QUERY}/",
        json={
            "operation": "query",
            "query": "SELECT Id, name FROM Account",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        },
        headers={"Accept": "text/csv; charset=UTF-8"},
    )
    job = created.json()
    assert created.status_code == 200
    assert "sforce-locator" not in created.headers
    assert list(job) == [
        "id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "concurrencyMode",
        "contentType", "apiVersion", "lineEnding", "columnDelimiter",
    ]  # fmt: skip
    assert (job["state"], job["object"], job["operation"]) == ("UploadComplete", "Account", "query")
    shown = await api.http.get(f"{QUERY}/{job['id']}")
    assert "sforce-locator" not in shown.headers
    info = shown.json()
    assert list(info)[-6:] == [
        "jobType", "lineEnding", "columnDelimiter", "numberRecordsProcessed", "retries", "totalProcessingTime",
    ]  # fmt: skip
    assert (info["state"], info["jobType"], info["numberRecordsProcessed"]) == ("JobComplete", "V2Query", 3)
    results = await api.http.get(f"{QUERY}/{job['id']}/results")
    assert results.headers["content-type"] == "text/csv; charset=UTF-8"
    assert results.headers["sforce-locator"] == "null"
    assert results.headers["sforce-numberofrecords"] == "3"
    lines = results.content.decode().splitlines()
    assert lines[:2] == ['"Id","Name"', '"0018d00000SIDcyAAH","Sample Account for Entitlements"']


async def test_pages_follow_their_locators(api: Api) -> None:
    await api.info(await api.load("Name\n" + "".join(f'"row {n}\nof many"\n' for n in range(7))))
    job = await api.query("SELECT Name FROM Account WHERE Name LIKE 'row%' ORDER BY Name")
    await api.info(job, "query")
    locator, pages = "", []
    while locator != "null":
        reply = await api.http.get(f"{QUERY}/{job}/results", params={"locator": locator, "maxRecords": "3"})
        assert reply.status_code == 200
        locator = reply.headers["sforce-locator"]
        pages.append((int(reply.headers["sforce-numberofrecords"]), reply.content.decode()))
    assert [count for count, _ in pages] == [3, 3, 1]
    assert all(text.startswith('"Name"\n"row ') for _, text in pages)
    assert pages[2][1] == '"Name"\n"row 6\nof many"\n'


async def test_pages_may_be_fetched_side_by_side(api: Api) -> None:
    await api.info(await api.load("Name\n" + "".join(f"side {n}\n" for n in range(8))))
    reply = await api.http.post(
        "/services/data/v58.0/jobs/query",
        json={"operation": "query", "query": "SELECT Name FROM Account WHERE Name LIKE 'side%'"},
    )
    job = reply.json()["id"]
    first = (await api.http.get(f"/services/data/v58.0/jobs/query/{job}/resultPages?maxRecords=1")).json()
    assert (len(first["resultPages"]), first["done"]) == (5, False)
    assert first["nextRecordsUrl"].startswith(f"/services/data/v58.0/jobs/query/{job}/resultpages?locator=")
    second = (await api.http.get(first["nextRecordsUrl"] + "&maxRecords=1")).json()
    assert (len(second["resultPages"]), second["done"], second["nextRecordsUrl"]) == (3, True, None)
    names = [
        (await api.http.get(page["resultUrl"])).text.splitlines()[1]
        for page in first["resultPages"] + second["resultPages"]
    ]
    assert names == [f'"side {n}"' for n in range(8)]
    old = await api.query("SELECT Name FROM Account")
    assert (await api.http.get(f"{QUERY}/{old}/resultPages")).status_code == 404


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"locator": "MQ"}, "INVALIDLOCATOR"),
        ({"locator": "???"}, "INVALIDLOCATOR"),
        ({"maxRecords": "0"}, "INVALID_ARGUMENT"),
        ({"maxRecords": "-1"}, "INVALID_ARGUMENT"),
        ({"maxRecords": "many"}, "INVALID_ARGUMENT"),
    ],
)
async def test_a_page_that_is_none_is_refused(api: Api, parameters: dict[str, str], code: str) -> None:
    job = await api.query("SELECT Id FROM Account WHERE Name = 'Sample Account for Entitlements'")
    reply = await api.http.get(f"{QUERY}/{job}/results", params=parameters)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)


async def test_an_empty_outcome_is_a_header(api: Api) -> None:
    job = await api.query("SELECT Id, Owner.Name FROM Account LIMIT 0", columnDelimiter="PIPE", lineEnding="CRLF")
    reply = await api.http.get(f"{QUERY}/{job}/results")
    assert reply.text == '"Id"|"Owner.Name"\r\n'
    assert (reply.headers["sforce-numberofrecords"], reply.headers["sforce-locator"]) == ("0", "null")


async def test_values_are_written_by_their_type(api: Api) -> None:
    rows = await api.rows(
        "SELECT NumberOfEmployees, AnnualRevenue, IsDeleted, CreatedDate, ParentId FROM Account "
        "WHERE External_Id__c = 'A-1002'"
    )
    (row,) = rows
    assert row.startswith('"1800","9.12260031E8","false","2')
    assert row.endswith('.000Z",""')


async def test_results_want_the_version_of_the_job(api: Api) -> None:
    job = await api.query("SELECT Id FROM Account")
    assert (await api.http.get(f"/services/data/v58.0/jobs/query/{job}/results")).status_code == 409


async def test_a_query_is_checked_when_it_is_made(api: Api) -> None:
    for members, code in [
        ({"operation": "query", "query": "SELECT Nope FROM Account"}, "INVALID_FIELD"),
        ({"operation": "query", "query": "SELECT"}, "MALFORMED_QUERY"),
        ({"operation": "query"}, "API_ERROR"),
        ({"operation": "select", "query": "SELECT Id FROM Account"}, "JSON_PARSER_ERROR"),
        ({"operation": "query", "query": "SELECT Id FROM Account", "object": "Account"}, "JSON_PARSER_ERROR"),
    ]:
        reply = await api.http.post(QUERY, json=members)
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)
    assert (await api.http.get(f"{QUERY}?jobType=V2Query")).json()["records"] == []
    old = await api.http.post(
        "/services/data/v46.0/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Account"}
    )
    assert old.status_code == 404


async def test_a_running_query_can_be_aborted_not_deleted(serving: Serve) -> None:
    async with serving(processing_delay=600) as api:
        job = await api.query("SELECT Id FROM Account")
        early = await api.http.get(f"{QUERY}/{job}/results")
        assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
        refused = await api.http.delete(f"{QUERY}/{job}")
        assert refused.json() == [
            {
                "errorCode": "API_ERROR",
                "message": "Error encountered when deleting the job because the job is not terminated",
            }
        ]
        aborted = await api.patch(job, "Aborted", "query")
        assert aborted.json()["state"] == "Aborted"
        assert "lineEnding" not in aborted.json()
        assert (await api.http.get(f"{QUERY}/{job}/results")).status_code == 400
        assert (await api.http.delete(f"{QUERY}/{job}")).status_code == 204
        assert (await api.http.get(f"{QUERY}/{job}")).status_code == 404


async def test_ingest_and_query_jobs_do_not_answer_for_each_other(api: Api) -> None:
    load, query = await api.create(), await api.query("SELECT Id FROM Account")
    assert (await api.http.get(f"{QUERY}/{load}")).status_code == 404
    assert (await api.http.get(f"{VERSION}/jobs/ingest/{query}")).status_code == 404
    assert (await api.http.get(f"{QUERY}/{query[:15]}")).status_code == 200
    assert (await api.http.get(f"{QUERY}/nonsense")).status_code == 404
