"""The calls that the README prints, typed as printed there, against the served sample and its sandbox."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.program import Program, running

ROOT = Path(__file__).parents[2]
JOB = "7508d00000Ihhl5AAB"
QUERY = "7508d00000Ihhl7AAB"


@dataclass
class Served:
    """The sample, served in a folder of its own."""

    program: Program
    cwd: Path

    @property
    def port(self) -> int:
        return self.program.port


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "flows", folder / "flows", ignore=shutil.ignore_patterns("path"))
    with running("--sandbox", "salesforce", cwd=folder, SYNFLOW_SANDBOX_PORT="0") as program:
        program.until_ready()
        yield Served(program, folder)
        program.stop()


def curls() -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    return [block.replace("\n   ", "\n") for block in re.findall(r"```bash\n\s*(curl .*?)```", text, re.DOTALL)]


def call(program: Served, number: int, job: str = "", query: str = "") -> tuple[int, dict[str, str], bytes]:
    command = curls()[number - 1].replace("http://localhost:8290", f"http://127.0.0.1:{program.port}")
    command = command.replace(JOB, job or JOB).replace(QUERY, query or QUERY)
    command = command.replace("curl ", "curl -s -i ", 1)
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=30, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), {name.lower(): value for name, value in headers.items()}, body


def test_the_nine_documented_calls_give_the_documented_replies(served: Served) -> None:
    status, headers, body = call(served, 1)
    created = json.loads(body)
    assert (status, created["state"], created["object"], created["apiVersion"]) == (
        200,
        "UploadComplete",
        "Account",
        57.0,
    )
    assert headers["content-type"].startswith("application/json")
    job = created["id"]

    assert json.loads(call(served, 2)[2])["state"] == "UploadComplete"

    info = json.loads(call(served, 3, job)[2])
    assert (info["id"], info["state"], info["jobType"], info["numberRecordsProcessed"]) == (
        job,
        "JobComplete",
        "V2Ingest",
        1,
    )

    status, headers, body = call(served, 4, job)
    [record] = json.loads(body)
    assert headers["content-type"].startswith("application/json")
    assert record.pop("sf__Id").startswith("001")
    assert record == {
        "sf__Created": "true",
        "Name": "Lorem Ipsum",
        "ShippingCity": "Milano",
        "NumberOfEmployees": "2676",
        "AnnualRevenue": "9.12260031E8",
        "Website": "https://ft.com/lacus/at.jsp",
        "Description": "Lorem ipsum dolor sit amet",
    }

    status, headers, body = call(served, 5, job)
    assert (status, json.loads(body)) == (200, {"result": "success"})
    assert (served.cwd / "flows/salesforce/data/path/to/folder/out.csv").is_file()

    assert json.loads(call(served, 6, job)[2]) == {"result": "success"}
    status, _, body = call(served, 6, job)
    assert (status, json.loads(body)[0]["errorCode"]) == (404, "NOT_FOUND")

    query = json.loads(call(served, 7)[2])
    assert (query["operation"], query["lineEnding"], query["columnDelimiter"]) == ("query", "LF", "COMMA")

    info = json.loads(call(served, 8, query=query["id"])[2])
    assert (info["state"], info["jobType"]) == ("JobComplete", "V2Query")

    status, headers, body = call(served, 9, query=query["id"])
    assert {"Id": "0018d00000SIDcyAAH", "Name": "Sample Account for Entitlements"} in json.loads(body)
    assert json.loads((served.cwd / "path/to/file/out.json").read_bytes()) == json.loads(body)


def test_the_sample_is_unchanged() -> None:
    data = (ROOT / "flows/salesforce/createjob.xml").read_bytes()
    assert hashlib.sha256(data).hexdigest() == "e6b6a45c90315f55b4a8759565c7d9613488bf65d9bcd5b366b53ecf5843be5e"
