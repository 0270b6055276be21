"""What goes to Salesforce, and what is left on the message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import MediationError
from engine.message.blob import Blob, Spool
from engine.message.context import MessageContext
from engine.message.payload import PayloadKind
from engine.message.values import TextNode
from engine.settings import Settings
from engine.settings.model import Files
from tests.connectors.kit import FakeHttp, FakeReply, deployment_of, local_entry, reply, run
from tests.fakes.flows import FakeServices, a_message, problems_of

TABLE = '"sf__Id","sf__Created","Name","Note"\n"001","true","A","x, y"\n"002","false","B & <C> \\ ""q""",""\n'


def connection(key: str = "ORG", url: str = "https://org.example", **more: str) -> str:
    members = {
        "name": key,
        "instanceUrl": url,
        "clientId": "id",
        "clientSecret": "sec",
        "refreshToken": "RT",
        "accessToken": "AT-1",
    } | more
    children = "".join(f"<{name}>{value}</{name}>" for name, value in members.items())
    return local_entry(key, f"<salesforce_bulkapi_v2.init>{children}</salesforce_bulkapi_v2.init>")


def sf(name: str, /, **parameters: str) -> str:
    children = "".join(f"<{each}>{value}</{each}>" for each, value in parameters.items())
    return f'<salesforce_bulkapi_v2.{name} configKey="ORG">{children}</salesforce_bulkapi_v2.{name}>'


def org(
    http: FakeHttp, body: str = '{"x": 1}', *, entry: str | None = None, data: Path | None = None, **given: Any
) -> MessageContext:
    settings = Settings(files=Files(data_folder=str(data))) if data is not None else Settings()
    services = given.pop("services", None) or FakeServices(settings=settings, http=http)
    return a_message(body, services=services, deployment=deployment_of(entry or connection()), **given)


def answering(answer: FakeReply) -> FakeHttp:
    return FakeHttp(lambda sent: answer)


JOB = reply(
    200,
    '{"id": "750", "apiVersion": 57.0}',
    content_type="application/json;charset=UTF-8",
    Sforce_Limit_Info="api-usage=1/10",
)


@pytest.mark.parametrize(
    ("call", "line", "body"),
    [
        (
            sf("createJob", operation="INSERT", object="Account", columnDelimiter="COMMA", lineEnding="LF"),
            "POST /services/data/v57.0/jobs/ingest/",
            '{"columnDelimiter":"COMMA","lineEnding":"LF","operation":"insert","object":"Account"}',
        ),
        (
            sf("createJob", operation="HARD_DELETE", object="Lead"),
            "POST /services/data/v57.0/jobs/ingest/",
            '{"operation":"hardDelete","object":"Lead"}',
        ),
        (
            sf("createJob", operation="UPSERT", object="C", externalIdFieldName="E__c", assignmentRuleId="01Q"),
            "POST /services/data/v57.0/jobs/ingest/",
            '{"assignmentRuleId":"01Q","externalIdFieldName":"E__c","operation":"upsert","object":"C"}',
        ),
        (sf("closeJob", jobId="750"), "PATCH /services/data/v57.0/jobs/ingest/750/", '{"state":"UploadComplete"}'),
        (sf("abortJob", jobId="750"), "PATCH /services/data/v57.0/jobs/ingest/750", '{"state":"Aborted"}'),
        (sf("deleteJob", jobId="750"), "DELETE /services/data/v57.0/jobs/ingest/750", ""),
        (sf("getJobInfo", jobId="7/5?0"), "GET /services/data/v57.0/jobs/ingest/7%2F5%3F0", ""),
        (sf("getAllJobInfo", jobType="All"), "GET /services/data/v57.0/jobs/ingest/?isPkChunkingEnabled=false", ""),
        (
            sf("getAllJobInfo", isPkChunkingEnabled="true", jobType="Classic", queryLocator="l-7"),
            "GET /services/data/v57.0/jobs/ingest/?isPkChunkingEnabled=true&queryLocator=l-7&jobType=Classic",
            "",
        ),
        (
            sf(
                "createQueryJob",
                query="SELECT Id FROM A",
                operation="QUERY_ALL",
                columnDelimiter="PIPE",
                lineEnding="CRLF",
            ),
            "POST /services/data/v57.0/jobs/query/",
            '{"columnDelimiter":"PIPE","lineEnding":"CRLF","operation":"queryAll","query":"SELECT Id FROM A"}',
        ),
        (sf("getQueryJobInfo", queryJobId="750"), "GET /services/data/v57.0/jobs/query/750", ""),
        (sf("getAllQueryJobInfo"), "GET /services/data/v57.0/jobs/query/?isPkChunkingEnabled=false", ""),
        (sf("abortQueryJob", queryJobId="750"), "PATCH /services/data/v57.0/jobs/query/750", '{"state":"Aborted"}'),
        (sf("deleteQueryJob", queryJobId="750"), "DELETE /services/data/v57.0/jobs/query/750", ""),
        (
            sf("getQueryJobResults", queryJobId="750", locator="MTAw", maxRecords="50"),
            "GET /services/data/v57.0/jobs/query/750/results?locator=MTAw&amp;maxRecords=50".replace("&amp;", "&"),
            "",
        ),
        (sf("getQueryJobResults", queryJobId="750"), "GET /services/data/v57.0/jobs/query/750/results", ""),
        (sf("getSuccessfulResults", jobId="750"), "GET /services/data/v57.0/jobs/ingest/750/successfulResults/", ""),
        (sf("getFailedResults", jobId="750"), "GET /services/data/v57.0/jobs/ingest/750/failedResults/", ""),
        (sf("getUnprocessedResults", jobId="750"), "GET /services/data/v57.0/jobs/ingest/750/unprocessedrecords/", ""),
        (sf("uploadJobData", jobId="750", inputData="a,b"), "PUT /services/data/v57.0/jobs/ingest/750/batches/", "a,b"),
    ],
)
async def test_what_is_sent(call: str, line: str, body: str) -> None:
    http = answering(reply(404, '[{"errorCode": "NOT_FOUND"}]', content_type="application/json"))
    message = await run(call, org(http))
    assert http.lines() == [line]
    assert http.sent[0].body.decode() == body
    assert http.sent[0].headers["authorization"] == "Bearer AT-1"
    assert message.axis2["HTTP_SC"] == 404
    await message.build()
    assert message.payload.json() == [{"errorCode": "NOT_FOUND"}]


async def test_a_reply_is_passed_on_unread() -> None:
    message = await run(sf("getJobInfo", jobId="750"), org(answering(JOB)))
    assert message.payload.kind is PayloadKind.UNREAD
    assert message.headers.get("Sforce-Limit-Info") == "api-usage=1/10"
    assert message.axis2["HTTP_SC"] == 200
    await message.build()
    assert message.payload.json_text() == b'{"id": "750", "apiVersion": 57.0}'


async def test_headers_of_the_client_go_along_but_not_its_credentials() -> None:
    http = answering(JOB)
    message = org(http, headers={"Authorization": "Basic x", "X-Client": "c1", "Accept-Encoding": "gzip", "Host": "h"})
    await run(sf("getJobInfo", jobId="1"), message)
    headers = http.sent[0].headers
    assert headers["x-client"] == "c1"
    assert headers["authorization"] == "Bearer AT-1"
    assert not {"accept-encoding", "host", "content-type", "content-length"} & set(headers)


async def test_deleting_answers_as_documented() -> None:
    message = await run(sf("deleteJob", jobId="1"), org(answering(reply(204))))
    assert message.axis2["HTTP_SC"] == 200
    assert message.payload.json() == {"result": "success"}


async def test_an_upload_leaves_an_empty_body_and_201() -> None:
    message = await run(sf("uploadJobData", jobId="1", inputData="a"), org(answering(reply(201))))
    assert message.payload.kind is PayloadKind.EMPTY
    assert message.axis2["HTTP_SC"] == 201


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("\n  Name;City\nA;ü € \\ $1 & <b>\n\n", "Name;City\nA;ü € \\ $1 & <b>"),
        (TextNode(Blob(b"a\r\nb\r\n")), "a\r\nb"),
        (TextNode(Blob(" café\n".encode("latin-1")), "iso-8859-1"), "café"),
    ],
)
async def test_uploads_are_trimmed(value: object, sent: str) -> None:
    http = answering(reply(201))
    await run(sf("uploadJobData", jobId="1", inputData="{$ctx:d}"), org(http, properties={"d": value}))
    assert http.sent[0].body.decode() == sent
    assert http.sent[0].headers["content-type"] == "text/csv"


async def test_a_large_upload_is_streamed_with_its_length() -> None:
    spool = Spool(threshold=1 << 16)
    for _ in range(64):
        await spool.write(b"\n" * 10_000)
        await spool.write(b"0123456789abcdef" * 4096)
    await spool.write(b" \n" * 5000)
    blob = await spool.finish()
    http = answering(reply(201))
    await run(sf("uploadJobData", jobId="1", inputData="{$ctx:d}"), org(http, properties={"d": TextNode(blob)}))
    expected = blob.read().strip()
    assert http.sent[0].content_length == len(expected)
    assert http.sent[0].body == expected


async def test_upload_of_connector_2_0_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    http = answering(reply(201))
    message = await run(sf("uploadJobData", jobId="1", inputType="FILE", filePath="data.csv"), org(http, data=tmp_path))
    assert http.sent[0].body == b"a,b\n1,2"
    assert message.payload.json() == {"result": "success"}


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (sf("uploadJobData", jobId="1", inputData="{$ctx:none}"), "Input data is not specified"),
        (sf("getJobInfo", jobId="{$ctx:none}"), "parameter 'jobId' is required"),
        (sf("createJob", operation="{$ctx:op}", object="A"), "External ID field name is required"),
        (sf("getQueryJobResults", queryJobId="1", maxRecords="{$ctx:op}"), "must be a whole number"),
    ],
)
async def test_wrong_parameters_send_nothing(call: str, reason: str) -> None:
    http = answering(JOB)
    message = org(http, properties={"op": "UPSERT"})
    with pytest.raises(MediationError, match=reason) as caught:
        await run(call, message)
    assert caught.value.code == 1
    assert http.sent == []
    assert message.axis2["HTTP_SC"] == 400
    assert reason in message.payload.json()["error"]  # type: ignore[index]


CSV = reply(200, TABLE, content_type="text/csv; charset=UTF-8", Sforce_Locator="MTAw")
ROWS = [
    {"sf__Id": "001", "sf__Created": "true", "Name": "A", "Note": "x, y"},
    {"sf__Id": "002", "sf__Created": "false", "Name": 'B & <C> \\ "q"', "Note": ""},
]


async def test_rows_as_csv_in_the_body() -> None:
    message = await run(
        sf("getFailedResults", jobId="1", outputType="CSV", includeResultTo="BODY"), org(answering(CSV))
    )
    written = await message.exchange.services.formats.write(message, request=False)
    assert written.body == TABLE.encode()
    assert written.content_type == "text/csv; charset=UTF-8"
    assert message.headers.get("Sforce-Locator") == "MTAw"


@pytest.mark.parametrize("parameters", [{}, {"outputType": "JSON", "includeResultTo": "BODY"}, {"outputType": "BODY"}])
async def test_rows_as_json_in_the_body(parameters: dict[str, str]) -> None:
    message = await run(sf("getSuccessfulResults", jobId="1", **parameters), org(answering(CSV)))
    written = await message.exchange.services.formats.write(message, request=False)
    assert written.content_type == "application/json"
    assert isinstance(written.body, bytes)
    assert json.loads(written.body) == ROWS
    await message.build()
    assert message.payload.json() == ROWS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"Id"\n', []),
        ("", {}),
        ('"Id"|"A;b"\n"1"|"x"\n', [{"Id": "1", "A;b": "x"}]),
        ("Name;City\nA;B,C\n", [{"Name": "A", "City": "B,C"}]),
    ],
)
async def test_rows_of_other_shapes(text: str, value: object) -> None:
    message = await run(
        sf("getUnprocessedResults", jobId="1"), org(answering(reply(200, text, content_type="text/csv")))
    )
    await message.build()
    assert message.payload.json() == value


async def test_rows_as_json_in_a_file_and_in_the_body(tmp_path: Path) -> None:
    call = sf(
        "getQueryJobResults", queryJobId="1", outputType="JSON", includeResultTo="FILE", filePath="path/to/out.json"
    )
    message = await run(call, org(answering(CSV), data=tmp_path))
    text = (tmp_path / "path/to/out.json").read_text()
    assert json.loads(text) == ROWS
    assert text.startswith("[\n  {")
    await message.build()
    assert message.payload.json() == ROWS
    assert message.axis2["messageType"] == "application/json"


@pytest.mark.parametrize("parameters", [{"outputType": "CSV", "includeResultTo": "FILE"}, {"outputType": "FILE"}])
async def test_rows_as_csv_in_a_file(tmp_path: Path, parameters: dict[str, str]) -> None:
    call = sf("getFailedResults", jobId="1", filePath="out.csv", **parameters)
    message = await run(call, org(answering(CSV), data=tmp_path))
    assert (tmp_path / "out.csv").read_text() == TABLE
    assert message.payload.json() == {"result": "success"}


async def test_an_error_of_salesforce_writes_no_file(tmp_path: Path) -> None:
    http = answering(reply(400, '[{"errorCode": "INVALIDJOBSTATE"}]', content_type="application/json"))
    call = sf("getFailedResults", jobId="1", includeResultTo="FILE", filePath="out.json")
    message = await run(call, org(http, data=tmp_path))
    assert message.axis2["HTTP_SC"] == 400
    assert list(tmp_path.iterdir()) == []


async def test_a_file_outside_of_the_data_folder_is_refused(tmp_path: Path) -> None:
    call = sf("getFailedResults", jobId="1", includeResultTo="FILE", filePath="../out.json")
    http = answering(CSV)
    with pytest.raises(MediationError, match="leaves"):
        await run(call, org(http, data=tmp_path))
    assert http.sent == []


async def test_a_row_longer_than_the_header_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    http = answering(reply(200, "a,b\n1,2\n1,2,3\n", content_type="text/csv"))
    call = sf("getFailedResults", jobId="1", includeResultTo="FILE", filePath="out.json")
    with pytest.raises(MediationError, match="cannot be read as CSV"):
        await run(call, org(http, data=tmp_path))
    assert list(tmp_path.iterdir()) == []


async def test_a_response_variable_keeps_the_body() -> None:
    call = sf("getJobInfo", jobId="1", responseVariable="sf", overwriteBody="false")
    message = await run(call, org(answering(JOB)))
    entry = message.variables["sf"]
    assert isinstance(entry, dict)
    assert entry["payload"].value["id"] == "750"
    assert entry["headers"].value["Sforce-Limit-Info"] == "api-usage=1/10"
    assert entry["attributes"].value == {"statusCode": 200}
    assert message.payload.json() == {"x": 1}
    assert message.headers.get("Sforce-Limit-Info") is None
    assert message.axis2["HTTP_SC"] == 200


async def test_a_connection_that_is_not_there_is_a_fault() -> None:
    message = a_message("{}", services=FakeServices(settings=Settings()))
    with pytest.raises(MediationError, match="Sequence named ORG cannot be found"):
        await run(sf("getJobInfo", jobId="1"), message)


async def test_a_path_prefix_in_the_instance_url() -> None:
    http = answering(JOB)
    await run(sf("getJobInfo", jobId="1"), org(http, entry=connection(url="https://org.example/sub/")))
    assert http.sent[0].url == "https://org.example/sub/services/data/v57.0/jobs/ingest/1"


@pytest.mark.parametrize(
    ("flow", "code", "severity"),
    [
        (sf("creatJob", operation="INSERT", object="A"), "SYN081", "error"),
        (sf("createJob", object="A"), "SYN082", "error"),
        (sf("createJob", operation="UPSRT", object="A"), "SYN083", "warning"),
        (sf("createJob", operation="UPSERT", object="A"), "SYN082", "error"),
        (sf("getJobInfo", jobI="1"), "SYN013", "warning"),
        (sf("getJobInfo", jobId="{$ctx:jobId"), "SYN084", "warning"),
        (sf("uploadJobData", jobId="1"), "SYN082", "error"),
        (sf("getFailedResults", jobId="1", includeResultTo="FILE"), "SYN082", "error"),
        ("<salesforce_bulkapi.createJob/>", "SYN080", "error"),
        ("<salesforce_bulkapi_v2.getJobInfo><jobId>1</jobId></salesforce_bulkapi_v2.getJobInfo>", "SYN020", "error"),
    ],
)
def test_what_lint_says(flow: str, code: str, severity: str) -> None:
    found = {(problem.code, problem.severity.value) for problem in problems_of(flow)}
    assert (code, severity) in found
