"""Large data costs no memory: 150 MB up and a million rows down, against a run with little."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.fakes.process import memory
from tests.fakes.program import Program
from tests.fakes.salesforce import DEADLINE, BareOrg, bare_org, sample

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from /proc"),
]

MOST = 150.0
MORE = 40.0
LINE = b"An account,Milano," + b"d" * 1000 + b"\n"
HEADER = b"Name,ShippingCity,Description\n"
MEGABYTE = LINE * 1029
ROWS = 1_000_000


def csv(megabytes: int) -> Iterator[bytes]:
    yield HEADER
    for _ in range(megabytes):
        yield MEGABYTE


def size(megabytes: int) -> int:
    return len(HEADER) + megabytes * len(MEGABYTE)


def upload_data(program: Program, org: BareOrg, folder: Path, large: bool) -> None:
    megabytes = 150 if large else 1
    headers = {"Content-Type": "text/csv", "Content-Length": str(size(megabytes))}
    connection = HTTPConnection("127.0.0.1", program.port, timeout=DEADLINE)
    connection.request("POST", "/salesforce/createJobAndUploadData", csv(megabytes), headers)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["state"]) == (200, "UploadComplete")
    connection.close()
    assert org.uploaded[-1] == size(megabytes) - 1


def upload_file(program: Program, org: BareOrg, folder: Path, large: bool) -> None:
    megabytes = 150 if large else 1
    with (folder / "flows/salesforce/data/data.csv").open("wb") as file:
        file.writelines(csv(megabytes))
    status, body = program.get("/salesforce/createJobAndUploadFile")
    assert (status, json.loads(body)["state"]) == (200, "UploadComplete")
    assert org.uploaded[-1] == size(megabytes) - 1


def _rows(program: Program, org: BareOrg, resource: str, large: bool) -> None:
    org.rows = ROWS if large else 1000
    connection = HTTPConnection("127.0.0.1", program.port, timeout=DEADLINE)
    connection.request(
        "POST", f"/salesforce/{resource}", b'{"id":"7508d00000Ihhl7AAB"}', {"Content-Type": "application/json"}
    )
    answer = connection.getresponse()
    assert answer.status == 200
    count = 0
    ending = b""
    while piece := answer.read(1 << 16):
        count += piece.count(b"}")  # one byte, so that no cut between two pieces hides one
        ending = piece[-1:]
    connection.close()
    assert (count, ending) == (org.rows, b"]")


def rows_to_body(program: Program, org: BareOrg, folder: Path, large: bool) -> None:
    _rows(program, org, "getSuccessfulResults", large)


def rows_to_file(program: Program, org: BareOrg, folder: Path, large: bool) -> None:
    _rows(program, org, "getSuccessfulQueryResults", large)
    assert (folder / "path/to/file/out.json").stat().st_size > org.rows * 50


@pytest.mark.parametrize("work", [upload_data, upload_file, rows_to_body, rows_to_file], ids=lambda work: work.__name__)
def test_large_data_costs_no_memory(tmp_path: Path, work: object) -> None:
    assert callable(work)
    with bare_org() as org, sample(tmp_path, org.url) as program:
        pid = program.process.pid
        work(program, org, tmp_path, False)
        small = memory(pid, "VmHWM")
        work(program, org, tmp_path, True)
        large = memory(pid, "VmHWM")
        assert program.stop() == 0
    print(f"{small:.0f} MB, {large:.0f} MB")
    assert large < MOST
    assert large - small < MORE
