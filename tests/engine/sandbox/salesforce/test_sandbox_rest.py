from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Api, Serve

VERSION = "/services/data/v57.0"


async def test_calls_are_counted_in_a_header_and_in_the_limits(api: Api) -> None:
    assert "sforce-limit-info" not in (await api.http.get("/services/data/", headers={"Authorization": ""})).headers
    first = await api.http.get(f"{VERSION}/jobs/ingest")
    assert first.headers["sforce-limit-info"] == "api-usage=1/15000"
    missing = await api.http.get(f"{VERSION}/jobs/ingest/7508d00000ZZZZZ")
    assert (missing.status_code, missing.headers["sforce-limit-info"]) == (404, "api-usage=2/15000")
    limits = (await api.http.get(f"{VERSION}/limits")).json()
    assert limits["DailyApiRequests"] == {"Max": 15000, "Remaining": 14997}


async def test_the_daily_limit_may_be_enforced(serving: Serve) -> None:
    async with serving(daily_api_limit=1, enforce_daily_limit=True) as api:
        assert (await api.http.get(f"{VERSION}/limits")).status_code == 200
        reply = await api.http.get(f"{VERSION}/limits")
        assert reply.status_code == 403
        assert reply.json() == [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/services/data/v57.0/nope", "/services/data/v40.0/limits", "/services/data/v99.0/limits",
             "/services/data/v57/limits", "/services/data/v57.0/jobs/ingest/x/nope"],
)  # fmt: skip
async def test_unknown_paths_are_404_in_salesforces_form(api: Api, path: str) -> None:
    reply = await api.http.get(path)
    assert reply.status_code == 404
    assert reply.json() == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


async def test_a_wrong_method_is_405_with_the_allowed_ones(api: Api) -> None:
    reply = await api.http.put(f"{VERSION}/jobs/ingest/7508d00000ZZZZZ")
    assert reply.status_code == 405
    assert reply.headers["allow"] == "DELETE, GET, HEAD, PATCH"
    assert reply.json()[0]["errorCode"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("name", ["successfulresults", "SuccessfulResults/", "unprocessedRecords", "failedresults//"])
async def test_the_last_word_of_a_path_has_no_case(api: Api, name: str) -> None:
    job = await api.load("Name\nx\n")
    assert (await api.http.get(f"{VERSION}/jobs/ingest/{job}/{name}")).status_code == 200


async def test_json_is_indented_when_asked(api: Api) -> None:
    pretty = await api.http.get(f"{VERSION}/limits", headers={"X-PrettyPrint": "1"})
    assert pretty.text.startswith('{\n  "DailyApiRequests" : {\n    "Max" : 15000')


async def test_answers_are_compressed_for_those_who_ask(api: Api) -> None:
    job = await api.load("Name\n" + "squeezable\n" * 500)
    path = f"{VERSION}/jobs/ingest/{job}/successfulResults"
    packed = await api.http.get(path, headers={"Accept-Encoding": "gzip"})
    plain = await api.http.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(plain.headers["content-length"]) == len(plain.content)
    assert packed.content == plain.content


async def test_versions_and_resources_are_listed(api: Api) -> None:
    versions = (await api.http.get("/services/data")).json()
    assert versions[0]["version"] == "41.0"
    assert {"label": "API 57", "url": "/services/data/v57.0", "version": "57.0"} in versions
    assert (await api.http.get(VERSION)).json()["sobjects"] == f"{VERSION}/sobjects"


async def test_objects_describe_themselves(api: Api) -> None:
    listed = (await api.http.get(f"{VERSION}/sobjects")).json()["sobjects"]
    assert {"Account", "Contact", "Lead", "Opportunity", "Case", "User"} <= {one["name"] for one in listed}
    account = (await api.http.get(f"{VERSION}/sobjects/account/describe")).json()
    fields = {one["name"]: one for one in account["fields"]}
    assert account["keyPrefix"] == "001"
    assert (fields["Name"]["nillable"], fields["Name"]["length"], fields["Name"]["type"]) == (
        False,
        255,
        "string",
    )
    assert fields["External_Id__c"]["externalId"] is True
    assert fields["BillingAddress"]["type"] == "address"
    assert (await api.http.get(f"{VERSION}/sobjects/Nope/describe")).status_code == 404


async def test_single_records_live_their_life(api: Api) -> None:
    base = f"{VERSION}/sobjects/Account"
    made = await api.http.post(
        base, json={"Name": " Rest ", "NumberOfEmployees": 3, "AnnualRevenue": 1e9, "Site": None}
    )
    assert made.status_code == 201
    record = made.json()["id"]
    assert made.json() == {"id": record, "success": True, "errors": []}
    shown = (await api.http.get(f"{base}/{record}", params={"fields": "Name,AnnualRevenue,Site,IsDeleted"})).json()
    assert shown["attributes"] == {"type": "Account"}
    assert (shown["Name"], shown["AnnualRevenue"], shown["Site"], shown["IsDeleted"]) == (
        "Rest",
        1e9,
        None,
        False,
    )
    assert (
        await api.http.patch(f"{base}/{record}", json={"Name": "Changed", "NumberOfEmployees": None})
    ).status_code == 204
    whole = (await api.http.get(f"{base}/{record}")).json()
    assert (whole["Name"], whole["NumberOfEmployees"]) == ("Changed", None)
    assert whole["CreatedDate"].endswith(".000+0000")
    assert whole["attributes"]["url"] == f"{base}/{record}"
    created = await api.http.patch(f"{base}/External_Id__c/X 1", json={"Name": "By key"})
    assert (created.status_code, created.json()["created"]) == (201, True)
    again = await api.http.patch(f"{base}/External_Id__c/x 1", json={"Name": "By key again"})
    assert (again.status_code, again.json()["id"]) == (200, created.json()["id"])
    assert (await api.http.get(f"{base}/External_Id__c/X 1")).json()["Name"] == "By key again"
    assert (await api.http.delete(f"{base}/{record}")).status_code == 204
    assert (await api.http.get(f"{base}/{record}")).status_code == 404
    gone = await api.http.delete(f"{base}/{record}")
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({}, "REQUIRED_FIELD_MISSING", ["Name"]),
        ({"Name": "x", "Nope": 1}, "INVALID_FIELD", None),
        ({"Name": "x", "NumberOfEmployees": "many"}, "INVALID_TYPE_ON_FIELD_IN_RECORD", ["NumberOfEmployees"]),
        ({"Name": "x" * 256}, "STRING_TOO_LONG", ["Name"]),
    ],
)
async def test_a_record_that_does_not_fit_is_refused(
    api: Api, body: dict[str, object], code: str, fields: list[str] | None
) -> None:
    reply = await api.http.post(f"{VERSION}/sobjects/Account", json=body)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)
    assert reply.json()[0].get("fields") == fields


async def test_a_query_pages_through_its_records(api: Api) -> None:
    await api.info(await api.load("Name\n" + "".join(f"page {n:04}\n" for n in range(2005))))
    soql = "SELECT Name, Owner.Name FROM Account WHERE Name LIKE 'page%' ORDER BY Name"
    first = (await api.http.get(f"{VERSION}/query", params={"q": soql})).json()
    assert (first["totalSize"], first["done"], len(first["records"])) == (2005, False, 2000)
    assert first["records"][0] == {
        "attributes": {"type": "Account"},
        "Name": "page 0000",
        "Owner": {"attributes": {"type": "User"}, "Name": "Demo User"},
    }
    second = (await api.http.get(first["nextRecordsUrl"])).json()
    assert (second["done"], [one["Name"] for one in second["records"]][-1]) == (True, "page 2004")
    parents = "SELECT LastName, Account.Name, Account.Owner.Name FROM Contact"
    (orphan,) = (await api.http.get(f"{VERSION}/query", params={"q": parents})).json()["records"]
    assert orphan == {"attributes": {"type": "Contact"}, "LastName": "Lind", "Account": None}
    count = (await api.http.get(f"{VERSION}/query", params={"q": "SELECT COUNT() FROM Contact"})).json()
    assert count == {"totalSize": 1, "done": True, "records": []}
    bad = await api.http.get(f"{VERSION}/query/zzz")
    assert (bad.status_code, bad.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")
