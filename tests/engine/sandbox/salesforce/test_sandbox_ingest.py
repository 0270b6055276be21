from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Api, Serve

VERSION = "/services/data/v57.0"
INGEST = f"{VERSION}/jobs/ingest"
SEED = (
    "Name,ShippingCity,NumberOfEmployees,AnnualRevenue,Website,Description\n"
    '    Lorem Ipsum,Milano,2676,912260031,https://ft.com/lacus/at.jsp,"Lorem ipsum dolor sit amet"'
)


async def test_the_sample_load_answers_as_documented(api: Api) -> None:
    created = await api.http.post(
        f"{INGEST}/",
        json={"columnDelimiter": "COMMA", "lineEnding": "LF", "operation": "insert", "object": "Account"},
    )
    job = created.json()
    assert created.status_code == 200
    assert created.headers["content-type"] == "application/json;charset=UTF-8"
    assert list(job) == [
        "id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "concurrencyMode",
        "contentType", "apiVersion", "contentUrl", "lineEnding", "columnDelimiter",
    ]  # fmt: skip
    assert job["id"] == "7508d00000Ihhl5AAB"
    assert job["contentUrl"] == f"services/data/v57.0/jobs/ingest/{job['id']}/batches"
    uploaded = await api.http.put(f"{INGEST}/{job['id']}/batches/", content=SEED, headers={"Content-Type": "text/csv"})
    assert (uploaded.status_code, uploaded.content) == (201, b"")
    closed = await api.http.patch(f"{INGEST}/{job['id']}/", json={"state": "UploadComplete"})
    assert list(closed.json()) == list(job)[:10]
    assert closed.json()["state"] == "UploadComplete"
    assert '"apiVersion":57.0' in closed.text
    info = await api.info(job["id"])
    assert info["state"] == "JobComplete"
    assert info["jobType"] == "V2Ingest"
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"], info["retries"]) == (1, 0, 0)
    assert list(info)[-6:] == [
        "numberRecordsProcessed", "numberRecordsFailed", "retries", "totalProcessingTime",
        "apiActiveProcessingTime", "apexProcessingTime",
    ]  # fmt: skip
    header, row = (await api.file(job["id"], "successfulResults/")).splitlines()
    assert header == '"sf__Id","sf__Created",' + SEED.splitlines()[0]
    assert row.endswith(
        ',"true","Lorem Ipsum","Milano","2676","9.12260031E8","https://ft.com/lacus/at.jsp",'
        '"Lorem ipsum dolor sit amet"'
    )
    assert await api.file(job["id"], "unprocessedrecords/") == SEED.splitlines()[0] + "\n"
    assert await api.rows("SELECT Name FROM Account WHERE Name = 'Lorem Ipsum'") == ['"Lorem Ipsum"']
    deleted = await api.http.delete(f"{INGEST}/{job['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    gone = await api.http.get(f"{INGEST}/{job['id']}")
    assert gone.status_code == 404
    assert gone.json() == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


async def test_rows_fail_one_by_one(api: Api) -> None:
    job = await api.load(
        "Name,NumberOfEmployees,AnnualRevenue,OwnerId,CreatedDate\n"
        "good,1,2,,\n"
        ",7,1,,\n"
        "int,x,3,,\n"
        f"{'n' * 256},1,,,\n"
        "owner,1,,0058d00000ZZZZZ,\n"
        "kind,1,,001000000000000,\n"
        "stamp,1,,,2024-01-01T00:00:00Z\n"
        '"a" b,1,,,\n'
        "short\n"
    )
    info = await api.info(job)
    assert info["state"] == "JobComplete"
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (9, 8)
    lines = (await api.file(job, "failedResults")).splitlines()
    assert lines[0] == '"sf__Id","sf__Error",Name,NumberOfEmployees,AnnualRevenue,OwnerId,CreatedDate'
    assert lines[1] == '"","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --","","7","1.0","",""'
    assert lines[2].startswith('"","INVALID_FIELD:Failed to deserialize field at col 1. Due to, \'x\'')
    assert lines[2].endswith('"int","x","3.0","",""')
    codes = [line.split('","')[1].split(":")[0] for line in lines[3:]]
    assert codes == [
        "STRING_TOO_LONG", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_FIELD", "INVALID_FIELD",
    ]  # fmt: skip
    assert len((await api.file(job, "successfulResults")).splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "members", "message"),
    [
        ("Name,Foo\nx,1\n", {}, "InvalidBatch : Field name not found : Foo"),
        ("Name,BillingAddress\nx,1\n", {}, "InvalidBatch : Field name not found : BillingAddress"),
        ("Name,name\nx,1\n", {}, "InvalidBatch : Duplicate field name : name"),
        (
            "Name\r\nx\r\n",
            {},
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
        ),
        (
            "Name\nx\n",
            {"lineEnding": "CRLF"},
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is CRLF",
        ),
        ("Name,Site\nx,y\n", {"columnDelimiter": "PIPE"}, "InvalidBatch : Field name not found : Name,Site"),
        (
            "Id,Name\n1,2\n",
            {"operation": "delete"},
            "InvalidBatch : The 'delete' batch must contain only ids",
        ),
        (
            "Name\nx\n",
            {"operation": "upsert", "externalIdFieldName": "External_Id__c"},
            "InvalidBatch : Field name not found : External_Id__c",
        ),
        (
            "Name\nx\n",
            {"operation": "upsert", "externalIdFieldName": "Site"},
            "InvalidBatch : Field name provided, Site does not match an External ID, Salesforce Id, or indexed field "
            "for Account",
        ),
    ],
)
async def test_a_file_that_does_not_fit_fails_the_job_and_all_rows_stay_unprocessed(
    api: Api, content: str, members: dict[str, str], message: str
) -> None:
    job = await api.load(content, **members)
    info = await api.info(job)
    assert (info["state"], info["errorMessage"]) == ("Failed", message)
    assert info["numberRecordsProcessed"] == 0
    assert len((await api.file(job, "unprocessedRecords")).splitlines()) == 2
    assert len((await api.file(job, "failedResults")).splitlines()) == 1


async def test_rows_before_a_broken_line_stay_saved(api: Api) -> None:
    job = await api.load("Name\nfirst\nsecond\r\nthird\n")
    assert (await api.info(job))["state"] == "Failed"
    assert '"first"' in await api.file(job, "successfulResults")
    assert await api.file(job, "unprocessedrecords") == 'Name\n"second"\n"third"\n'
    assert await api.rows("SELECT Name FROM Account WHERE Name IN ('first', 'second')") == ['"first"']


@pytest.mark.parametrize(
    ("delimiter", "character"),
    [("BACKQUOTE", "`"), ("CARET", "^"), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")],
)
async def test_results_follow_the_delimiter_and_ending_of_the_job(api: Api, delimiter: str, character: str) -> None:
    content = f'Name,Site\r\n"a{character}b",c\r\n'.replace(",", character)
    job = await api.load(content, columnDelimiter=delimiter, lineEnding="CRLF")
    text = await api.file(job, "successfulResults")
    assert text.startswith(f'"sf__Id"{character}"sf__Created"{character}Name{character}Site\r\n')
    assert text.endswith(f'"true"{character}"a{character}b"{character}"c"\r\n')


async def test_a_byte_order_mark_is_tolerated_unless_the_setting_says_otherwise(serving: Serve) -> None:
    content = "\ufeffName\nmarked\n".encode()
    async with serving() as api:
        assert (await api.info(await api.load(content)))["state"] == "JobComplete"
    async with serving(strict_bom=True) as api:
        info = await api.info(await api.load(content))
        assert info["errorMessage"] == "InvalidBatch : Field name not found : \ufeffName"


@pytest.mark.parametrize("content", ["", "Name\n", "Name"])
async def test_a_load_without_rows_completes(api: Api, content: str) -> None:
    job = await api.load(content)
    info = await api.info(job)
    assert (info["state"], info["numberRecordsProcessed"]) == ("JobComplete", 0)
    header = '"sf__Id","sf__Created",Name\n' if content else '"sf__Id","sf__Created"\n'
    assert await api.file(job, "successfulResults") == header


async def test_update_ignores_empty_cells_and_clears_with_a_mark(api: Api) -> None:
    made = await api.load("Name,Site,Phone\nbefore,here,123\n")
    record = (await api.file(made, "successfulResults")).splitlines()[1].split('"')[1]
    job = await api.load(f"Id,Name,Site,Phone\n{record[:15]},after,,#N/A\n", operation="update")
    assert (await api.file(job, "successfulResults")).splitlines()[1] == f'"{record}","false","{record}","after","",""'
    assert await api.rows(f"SELECT Name, Site, Phone FROM Account WHERE Id = '{record}'") == ['"after","here",""']


async def test_update_and_delete_say_what_is_wrong_with_an_id(api: Api) -> None:
    update = await api.load(
        "Id,Name\n,x\n0018d00000ZZZZZ,x\n0038d00000SIDcy,x\nnope,x\n0018d00000SIDcy,#N/A\n",
        operation="update",
    )
    errors = [line.split('","')[1] for line in (await api.file(update, "failedResults")).splitlines()[1:]]
    assert errors == [
        "MISSING_ARGUMENT:Id not specified in an update call:--",
        "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--",
        "MALFORMED_ID:Record ID: id value of incorrect type: 0038d00000SIDcyAAH:Id --",
        "MALFORMED_ID:Record ID: id value of incorrect type: nope:Id --",
        "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",
    ]
    insert = await api.load("Id,Name\n0018d00000SIDcy,x\n")
    assert "INVALID_FIELD_FOR_INSERT_UPDATE:cannot specify Id in an insert call:Id --" in await api.file(
        insert, "failedResults"
    )


async def test_upsert_creates_updates_and_refuses_doubles(api: Api) -> None:
    members = {"operation": "upsert", "externalIdFieldName": "external_id__c"}
    job = await api.load("External_Id__c,Name\nE1,one\nE2,two\nE1,again\n,none\n", **members)
    info = await api.info(job)
    assert info["externalIdFieldName"] == "External_Id__c"
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (4, 2)
    failed = await api.file(job, "failedResults")
    assert "DUPLICATE_VALUE:Duplicate external id specified: E1:External_Id__c --" in failed
    assert "MISSING_ARGUMENT:External_Id__c not specified:--" in failed
    second = await api.load("External_Id__c,Name\ne1,changed\nE3,three\n", **members)
    created = [line.split('","')[1] for line in (await api.file(second, "successfulResults")).splitlines()[1:]]
    assert created == ["false", "true"]
    assert await api.rows("SELECT Name FROM Account WHERE External_Id__c LIKE 'E%' ORDER BY External_Id__c") == [
        '"changed"', '"two"', '"three"',
    ]  # fmt: skip


async def test_a_unique_value_is_taken_once(api: Api) -> None:
    await api.info(await api.load("Name,External_Id__c\na,U1\n"))
    job = await api.load("Name,External_Id__c\nb,u1\nc,U2\nd,U2\n")
    failed = (await api.file(job, "failedResults")).splitlines()[1:]
    assert len(failed) == 2
    assert all("DUPLICATE_VALUE:duplicate value found: External_Id__c duplicates value" in line for line in failed)


async def test_references_are_found_by_a_field_of_their_target(api: Api) -> None:
    job = await api.load(
        "LastName,Account.External_Id__c,User:Owner.Username\nLind,A-1001,demo@synflow.example\nBerg,A-0,\n",
        object="Contact",
    )
    assert (
        "INVALID_FIELD:Foreign key external ID: A-0 not found for field External_Id__c in entity Account:--"
        in await api.file(job, "failedResults")
    )
    soql = "SELECT Account.Name, account.owner.name FROM Contact WHERE LastName = 'Lind' AND Account.Name != null"
    assert await api.rows(soql) == ['"Harbour Tea Importers","Demo User"']


async def test_delete_hides_and_hard_delete_removes(api: Api) -> None:
    made = await api.load("Name\nsoft\nhard\n")
    soft, hard = (line.split('"')[1] for line in (await api.file(made, "successfulResults")).splitlines()[1:])
    assert (await api.info(await api.load(f"Id\n{soft}\n", operation="delete")))["numberRecordsFailed"] == 0
    assert (await api.info(await api.load(f"Id\n{hard}\n", operation="hardDelete")))["numberRecordsFailed"] == 0
    condition = "FROM Account WHERE Name IN ('soft', 'hard')"
    assert await api.rows(f"SELECT Name {condition}") == []
    assert await api.rows(f"SELECT Name, IsDeleted {condition}", operation="queryAll") == ['"soft","true"']
    again = await api.load(f"Id\n{soft}\n{hard}\n", operation="delete")
    failed = await api.file(again, "failedResults")
    assert f'"{soft}","ENTITY_IS_DELETED:entity is deleted:--"' in failed
    assert f'"{hard}","INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"' in failed


async def test_hard_delete_may_be_forbidden(serving: Serve) -> None:
    async with serving(hard_delete_allowed=False) as api:
        reply = await api.http.post(INGEST, json={"object": "Account", "operation": "hardDelete"})
        assert reply.status_code == 400
        assert reply.json()[0]["errorCode"] == "INVALIDOPERATION"


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b"{", "JSON_PARSER_ERROR", ""),
        (b"", "JSON_PARSER_ERROR", "No content"),
        (b"[1]", "JSON_PARSER_ERROR", "must be an object"),
        (
            b'{"object":"Account","operation":"INSERT"}',
            "JSON_PARSER_ERROR",
            "'INSERT' not one of [insert, update",
        ),
        (b'{"object":"Account","operation":"insert","lineEnding":"CR"}', "JSON_PARSER_ERROR", "[LF, CRLF]"),
        (
            b'{"object":"Account","operation":"insert","columnDelimiter":","}',
            "JSON_PARSER_ERROR",
            "[BACKQUOTE, ",
        ),
        (b'{"object":"Account","operation":"insert","contentType":"JSON"}', "JSON_PARSER_ERROR", "[CSV]"),
        (
            b'{"object":"Account","operation":"insert","colour":"red"}',
            "JSON_PARSER_ERROR",
            'Unrecognized field "colour"',
        ),
        (b'{"object":1,"operation":"insert"}', "JSON_PARSER_ERROR", "'object'"),
        (b'{"object":"Acount","operation":"insert"}', "INVALIDJOB", "Unable to find object: Acount"),
        (b'{"operation":"insert"}', "INVALIDJOB", "Unable to find object"),
        (
            b'{"object":"User","operation":"insert"}',
            "INVALIDENTITY",
            "Entity 'User' is not supported by the Bulk API.",
        ),
        (b'{"object":"Account","operation":"upsert"}', "INVALIDJOB", "External ID was blank"),
    ],
)
async def test_a_job_that_does_not_fit_is_not_made(api: Api, body: bytes, code: str, text: str) -> None:
    reply = await api.http.post(INGEST, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    assert reply.json()[0]["errorCode"] == code
    assert text in reply.json()[0]["message"]
    assert (await api.http.get(INGEST)).json()["records"] == []


async def test_states_allow_what_they_allow(api: Api) -> None:
    job = await api.create()
    early = await api.http.get(f"{INGEST}/{job}/successfulResults")
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    still_open = await api.http.delete(f"{INGEST}/{job}")
    assert (still_open.status_code, still_open.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    await api.upload(job, "Name\nx\n")
    second = await api.upload(job, "Name\ny\n", 400)
    assert second.json()[0]["message"].startswith("Found multiple contents for job")
    assert (await api.patch(job, "JobComplete")).json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert (await api.patch(job, "UploadComplete")).status_code == 200
    assert (await api.info(job))["state"] == "JobComplete"
    assert (await api.patch(job, "UploadComplete")).json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert (await api.patch(job, "Aborted")).json() == [
        {"errorCode": "INVALIDJOBSTATE", "message": "Aborting already Completed Job not allowed"}
    ]
    assert (await api.upload(job, "Name\nz\n", 400)).json()[0]["errorCode"] == "INVALIDJOBSTATE"


async def test_a_slow_job_shows_every_state(serving: Serve) -> None:
    async with serving(processing_delay=600) as api:
        job = await api.load("Name\nx\n")
        assert (await api.info(job))["state"] == "UploadComplete"
        assert "numberRecordsProcessed" not in await api.info(job)
        early = await api.http.get(f"{INGEST}/{job}/failedResults")
        assert early.json()[0]["message"] == "Results are not available, the job is UploadComplete"
        aborted = await api.patch(job, "Aborted")
        assert aborted.json()["state"] == "Aborted"
        assert await api.file(job, "unprocessedrecords") == 'Name\n"x"\n'
        assert await api.file(job, "successfulResults") == '"sf__Id","sf__Created",Name\n'
        assert (await api.http.delete(f"{INGEST}/{job}")).status_code == 204


async def test_a_held_job_is_in_progress_until_let_go(api: Api) -> None:
    await api.http.post("/__sandbox/pace", json={"held": True})
    kept, stopped = await api.load("Name\nkept\n"), await api.load("Name\nstopped\n")
    assert (await api.info(kept))["state"] == "InProgress"
    refused = await api.http.delete(f"{INGEST}/{kept}")
    assert refused.status_code == 400
    assert (await api.patch(stopped, "Aborted")).status_code == 200
    assert await api.file(stopped, "unprocessedrecords") == 'Name\n"stopped"\n'
    await api.http.post("/__sandbox/pace", json={"held": False})
    info = await api.info(kept)
    assert (info["state"], info["numberRecordsProcessed"]) == ("JobComplete", 1)


async def test_an_aborted_open_job_leaves_its_rows_unprocessed(api: Api) -> None:
    job = await api.create()
    await api.upload(job, "Name\nx\ny\n")
    assert (await api.patch(job, "Aborted")).json()["state"] == "Aborted"
    assert await api.file(job, "unprocessedrecords") == 'Name\n"x"\n"y"\n'


async def test_a_form_of_two_parts_makes_and_closes_a_job(api: Api) -> None:
    body = (
        '--BOUNDARY\nContent-Disposition: form-data; name="job"\nContent-Type: application/json\n\n'
        '{"object":"Account","operation":"insert","lineEnding":"LF"}\n'
        '--BOUNDARY\nContent-Disposition: form-data; name="content"; filename="content"\n'
        "Content-Type: text/csv\n\nName\nfrom a form\n--BOUNDARY--\n"
    )
    kind = "multipart/form-data; boundary=BOUNDARY"
    reply = await api.http.post(INGEST, content=body, headers={"Content-Type": kind})
    assert reply.status_code == 200
    assert reply.json()["state"] == "UploadComplete"
    assert "contentUrl" not in reply.json()
    assert '"true","from a form"' in await api.file(reply.json()["id"], "successfulResults")
    for spoilt, content_type in [(body, "multipart/form-data"), (body.replace('"content"', '"other"'), kind)]:
        refused = await api.http.post(INGEST, content=spoilt, headers={"Content-Type": content_type})
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALIDJOB")
    long = body.replace("from a form", "x" * 100_001)
    assert (await api.http.post(INGEST, content=long, headers={"Content-Type": kind})).status_code == 400


async def test_uploads_are_checked(serving: Serve) -> None:
    async with serving(max_upload_bytes=100) as api:
        job = await api.create()
        large = await api.upload(job, "Name\n" + "x" * 200, 413)
        assert large.json()[0]["errorCode"] == "CLIENTINPUTERROR"
        wrong = await api.http.put(f"{INGEST}/{job}/batches", content=b"{}", headers={"Content-Type": "text/plain"})
        assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
        packed = {"Content-Type": "text/csv; charset=UTF-8", "Content-Encoding": "gzip"}
        bad = await api.http.put(f"{INGEST}/{job}/batches", content=b"Name\nx\n", headers=packed)
        assert (bad.status_code, bad.json()[0]["errorCode"]) == (400, "INVALIDJOB")
        bomb = await api.http.put(f"{INGEST}/{job}/batches", content=gzip.compress(b"x" * 10_000), headers=packed)
        assert bomb.status_code == 413
        good = await api.http.put(f"{INGEST}/{job}/batches", content=gzip.compress(b"Name\nzipped\n"), headers=packed)
        assert good.status_code == 201
        await api.patch(job, "UploadComplete")
        assert '"zipped"' in await api.file(job, "successfulResults")


async def test_the_list_of_jobs_is_paged_and_filtered(api: Api) -> None:
    jobs = {await api.create() for _ in range(1001)}
    query = await api.query("SELECT Id FROM Account")
    first = (await api.http.get(f"{INGEST}/?isPkChunkingEnabled=false")).json()
    assert (first["done"], len(first["records"])) == (False, 1000)
    assert first["records"][0]["jobType"] == "V2Ingest"
    second = (await api.http.get(first["nextRecordsUrl"])).json()
    assert (second["done"], second["nextRecordsUrl"]) == (True, None)
    assert {entry["id"] for entry in first["records"] + second["records"]} == jobs
    only = (await api.http.get(f"{VERSION}/jobs/query?jobType=V2Query")).json()
    assert [entry["id"] for entry in only["records"]] == [query]
    assert (await api.http.get(f"{INGEST}?jobType=Classic")).json()["records"] == []
    assert (await api.http.get(f"{INGEST}?jobType=Other")).status_code == 400
    bad = await api.http.get(f"{INGEST}?queryLocator=xyz")
    assert (bad.status_code, bad.json()[0]["errorCode"]) == (400, "INVALIDLOCATOR")
