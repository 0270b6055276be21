"""Salesforce is down, slow, or breaks off: a fault with its ERROR_CODE reaches the client, nothing stays half done."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.program import Program
from tests.fakes.salesforce import DEADLINE, no_trouble, sample, sandbox, trouble
from tests.soak.backend import unused_port

CSV = b"Name,ShippingCity\n" + b"An account,Milano\n" * 20_000


@pytest.fixture(scope="module")
def org() -> Iterator[str]:
    with sandbox() as url:
        yield url


@pytest.fixture(scope="module")
def served(org: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Path]]:
    folder = tmp_path_factory.mktemp("sample")
    with sample(folder, org, SYNFLOW_HTTP_CLIENT_READ_TIMEOUT="1") as program:
        yield program, folder
        assert program.stop() == 0


def post(program: Program, resource: str, body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", program.port, timeout=DEADLINE)
    try:
        connection.request("POST", f"/salesforce/{resource}", body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def upload(program: Program) -> tuple[int, Any]:
    return post(program, "createJobAndUploadData", CSV, "text/csv")


def test_org_that_cannot_be_reached_is_a_connection_fault(tmp_path: Path) -> None:
    with sample(tmp_path, f"http://127.0.0.1:{unused_port()}") as program:
        status, reply = upload(program)
        assert status == 500
        assert reply["fault"]["code"] == "303003"  # there is not even a token
        assert program.stop() == 0


def test_org_that_accepts_and_stays_silent_is_a_timeout(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with sample(tmp_path, url, SYNFLOW_HTTP_CLIENT_READ_TIMEOUT="0.3") as program:
            status, reply = upload(program)
            assert status == 500
            assert reply["fault"]["code"] == "303003"
            assert program.stop() == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop", "when": "upload", "afterBytes": 100_000, "path": "batches"},
        {"kind": "drop", "when": "request", "path": "batches"},
        {"kind": "drop", "when": "request", "path": "jobs/ingest$"},
        {"kind": "delay", "seconds": 30, "path": "jobs/ingest$"},
    ],
    ids=["mid-upload", "before the upload", "before the job", "slow"],
)
def test_upload_that_breaks_is_a_fault_with_a_code_and_the_next_one_works(
    served: tuple[Program, Path], org: str, fault: dict[str, object]
) -> None:
    program, _ = served
    trouble(org, count=10, **fault)
    status, reply = upload(program)
    assert status == 500
    assert reply["fault"]["code"].startswith("1015")
    no_trouble(org)
    status, reply = upload(program)
    assert (status, reply["state"]) == (200, "UploadComplete")


def test_upload_that_breaks_once_is_sent_again(served: tuple[Program, Path], org: str) -> None:
    program, _ = served
    trouble(org, kind="drop", when="upload", afterBytes=100_000, path="batches")
    status, reply = upload(program)
    assert (status, reply["state"]) == (200, "UploadComplete")


def test_error_of_salesforce_reaches_the_client(served: tuple[Program, Path], org: str) -> None:
    program, _ = served
    trouble(org, kind="status", status=500, errorCode="SERVER_UNAVAILABLE", path="jobs/ingest/")
    status, reply = post(program, "getJobInfo", b'{"id":"7508d00000Ihhl5AAB"}')
    assert (status, reply[0]["errorCode"]) == (500, "SERVER_UNAVAILABLE")


def test_download_that_breaks_leaves_no_file(served: tuple[Program, Path], org: str) -> None:
    program, folder = served
    status, query = post(program, "createQuery", b"{}")
    assert status == 200
    program.until(
        lambda: post(program, "getQueryJobInfo", json.dumps({"id": query["id"]}).encode())[1]["state"] == "JobComplete"
    )
    trouble(org, kind="drop", when="response", afterBytes=20, path="results")
    status, reply = post(program, "getSuccessfulQueryResults", json.dumps({"id": query["id"]}).encode())
    assert status == 500
    assert reply["fault"]["code"]
    left = [path for path in (folder / "path").rglob("*") if path.is_file()] if (folder / "path").exists() else []
    assert left == []
    status, rows = post(program, "getSuccessfulQueryResults", json.dumps({"id": query["id"]}).encode())
    assert status == 200
    assert rows
