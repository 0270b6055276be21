"""A full disk: a clear fault, no half file under the target's name, and the engine goes on serving."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.fakes.program import DEADLINE, NS, Program, running
from tests.fakes.salesforce import bare_org, sample

SIZE = 4 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting a small disk is not allowed here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def faulting(*mediators: str) -> str:
    return (
        f'<api {NS} name="a" context="/a"><resource methods="POST GET"><inSequence>{"".join(mediators)}<respond/>'
        '</inSequence><faultSequence><payloadFactory media-type="json">'
        '<format>{"code":"$1","detail":"$2"}</format><args>'
        '<arg expression="$ctx:ERROR_CODE"/><arg expression="$ctx:ERROR_DETAIL"/></args></payloadFactory>'
        '<property name="HTTP_SC" value="507" scope="axis2"/><respond/></faultSequence></resource></api>'
    )


def post(program: Program, path: str, body: bytes, content_type: str = "text/plain") -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", program.port, timeout=DEADLINE)
    try:
        connection.request("POST", path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_spilling_to_a_full_disk_is_a_fault(tmp_path: Path, small_disk: Path) -> None:
    (tmp_path / "flows").mkdir()
    keep = '<enrich><source type="body" clone="true"/><target type="property" property="kept"/></enrich>'
    (tmp_path / "flows/a.xml").write_text(faulting(keep))
    with running(cwd=tmp_path, SYNFLOW_PAYLOAD_SPILL_FOLDER=str(small_disk)) as program:
        program.until_ready()
        status, body = post(program, "/a", b"x" * (SIZE * 2))
        assert status == 507
        assert json.loads(body)["code"]
        assert "spill" in json.loads(body)["detail"]
        assert os.listdir(small_disk) == []
        assert post(program, "/a", b"y" * (SIZE // 2)) == (200, b"y" * (SIZE // 2))
        assert program.stop() == 0


@pytest.mark.parametrize("mode", ["Overwrite", "Create New", "Append"])
def test_writing_a_file_to_a_full_disk_leaves_what_was_there(tmp_path: Path, small_disk: Path, mode: str) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/files.xml").write_text(
        f'<localEntry {NS} key="DISK"><file.init><connectionType>LOCAL</connectionType><name>DISK</name>'
        f"<workingDir>{small_disk}</workingDir></file.init></localEntry>"
    )
    write = (
        '<file.write configKey="DISK"><filePath>out.txt</filePath><mimeType>Automatic</mimeType>'
        f"<writeMode>{mode}</writeMode><includeResultTo>Message Body</includeResultTo></file.write>"
    )
    (tmp_path / "flows/a.xml").write_text(faulting(write))
    before = b"" if mode == "Create New" else b"before"
    if before:
        (small_disk / "out.txt").write_bytes(before)
    with running(cwd=tmp_path) as program:
        program.until_ready()
        status, body = post(program, "/a", b"x" * (SIZE * 2))
        assert status == 507, body
        assert json.loads(body)["code"].startswith("7001")
        assert "space" in json.loads(body)["detail"]
        left = {path.name: path.read_bytes() for path in small_disk.iterdir()}
        assert left == ({"out.txt": before} if before else {})
        assert post(program, "/a", b"small")[0] == 200
        assert program.stop() == 0


def test_downloading_to_a_full_disk_leaves_no_file(tmp_path: Path, small_disk: Path) -> None:
    with bare_org(rows=200_000) as org, sample(tmp_path, org.url, SYNFLOW_FILES_DATA_FOLDER=str(small_disk)) as program:
        status, body = post(
            program, "/salesforce/getSuccessfulQueryResults", b'{"id":"7508d00000Ihhl7AAB"}', "application/json"
        )
        assert status == 500
        assert json.loads(body)["fault"]["code"]
        assert [path for path in small_disk.rglob("*") if path.is_file()] == []
        org.rows = 10
        status, body = post(
            program, "/salesforce/getSuccessfulQueryResults", b'{"id":"7508d00000Ihhl7AAB"}', "application/json"
        )
        assert (status, len(json.loads(body))) == (200, 10)
        assert program.stop() == 0
