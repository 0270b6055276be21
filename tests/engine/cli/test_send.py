from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from engine.cli._request import guessed_type
from engine.cli._trace_text import trace_text
from tests.fakes.program import DEADLINE, NS, Program, running, synflow

FLOWS = f"""<api {NS} name="Echo" context="/echo">
  <resource methods="GET POST" uri-template="/{{id}}">
    <inSequence>
      <property name="id" expression="get-property('uri.var.id')"/>
      <filter source="get-property('id')" regex="boom">
        <then><throwError type="BOOM" errorMessage="it broke"/></then>
      </filter>
      <respond/>
    </inSequence>
  </resource>
</api>"""


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "echo.xml").write_text(FLOWS)
    return tmp_path


@pytest.fixture
def program(cwd: Path) -> Iterator[Program]:
    with running(cwd=cwd, SYNFLOW_TRACE_ALLOW_HEADER="true", SYNFLOW_TRACE_KEEP_FAULTED="2") as program:
        program.until_ready()
        yield program


def where(program: Program) -> list[str]:
    return ["--url", f"http://127.0.0.1:{program.port}", "--management", f"http://127.0.0.1:{program.management_port}"]


def management(program: Program, path: str) -> tuple[int, Any]:
    status, body = program.get(path, management=True)
    return status, json.loads(body)


def test_reply_goes_to_standard_output_and_its_head_to_standard_error(cwd: Path, program: Program) -> None:
    sent = synflow("send", "POST", "/echo/1", "--data", '{"a": 1}', "-H", "X-Mine: yes", *where(program), cwd=cwd)
    assert (sent.returncode, sent.stdout) == (0, '{"a": 1}')
    head = sent.stderr.splitlines()
    assert head[0] == "HTTP/1.1 200 OK"
    assert "content-type: application/json" in head
    assert "x-mine: yes" in [line.lower() for line in head]


def test_trace_shows_the_way_of_the_request(cwd: Path, program: Program) -> None:
    sent = synflow("send", "post", "echo/boom", "--data", "{}", "--trace", *where(program), cwd=cwd)
    assert sent.returncode == 0, sent.stderr
    assert "HTTP/1.1 500" in sent.stderr
    assert "x-synflow-trace-id" not in sent.stderr
    lines = [line.strip() for line in sent.stderr.splitlines()]
    first = next(line for line in lines if line.startswith("[1] property id"))
    assert first.endswith("flows/echo.xml:4")
    assert "+ id = boom" in lines
    assert any(line.startswith("![1] throwError") for line in lines)
    assert "fault BOOM: it broke" in lines
    assert "unhandled fault BOOM: it broke" in lines
    assert json.loads(sent.stdout)["fault"]["code"] == "BOOM"


def test_json_holds_reply_and_trace(cwd: Path, program: Program) -> None:
    (cwd / "body.csv").write_bytes(b"a,b\n\xff,2\n")
    sent = synflow("send", "POST", "/echo/1", "--body", "body.csv", "--trace", "--json", *where(program), cwd=cwd)
    told = json.loads(sent.stdout)
    assert told["status"] == 200
    assert told["headers"]["content-type"].startswith("text/csv")
    assert told["body_base64"] == "YSxiCv8sMgo="
    assert [step["name"] for step in told["trace"]["steps"]] == ["property id", "filter", "respond"]


def test_faults_are_listed_on_the_management_port(cwd: Path, program: Program) -> None:
    for path in ("/echo/1", "/echo/boom", "/echo/boom", "/echo/boom"):
        synflow_get(program, path)
    status, listed = management(program, "/faults")
    assert (status, listed["count"]) == (200, 2)
    newest = listed["list"][0]
    assert (newest["target"], newest["status"], newest["fault"]["handled"]) == ("/echo/boom", 500, False)
    status, trace = management(program, f"/faults/{newest['id']}")
    assert (status, trace["steps"][1]["steps"][0]["name"]) == (200, "throwError")
    assert management(program, "/faults/none")[0] == 404
    assert management(program, "/traces") == (200, {"count": 0, "list": []})


def synflow_get(program: Program, path: str) -> int:
    return program.get(path)[0]


def test_untraced_engine_says_how_to_trace_and_imports_nothing_for_it(cwd: Path) -> None:
    with running(cwd=cwd, PYTHONPROFILEIMPORTTIME="1") as program:
        program.until_ready()
        sent = synflow("send", "GET", "/echo/1", "--trace", *where(program), cwd=cwd)
        status, told = management(program, "/faults")
        program.stop()
    assert sent.returncode == 1
    assert "allow_header = true" in sent.stderr
    assert (status, "keep_faulted" in told["Error"]) == (404, True)
    imported = {line.rpartition("|")[2].strip() for line in program.lines if line.startswith("import time:")}
    assert "engine.runtime.data_plane" in imported
    assert not imported & {"engine.observe.trace", "engine.observe.tracing", "engine.observe.steps"}


def test_traces_of_workers_reach_the_management_port(cwd: Path) -> None:
    settings = {"SYNFLOW_TRACE_ALLOW_HEADER": "true", "SYNFLOW_TRACE_KEEP_FAULTED": "20"}
    with running("--workers", "2", cwd=cwd, **settings) as program:
        program.until_ready()
        sent = synflow("send", "GET", "/echo/1", "--trace", "--json", *where(program), cwd=cwd)
        steps = json.loads(sent.stdout)["trace"]["steps"]
        assert [step["name"] for step in steps] == ["property id", "filter", "respond"]
        for _ in range(8):
            program.get("/echo/boom")
        program.until(lambda: management(program, "/faults")[1]["count"] == 8)
        assert program.stop() == 0


def test_engine_of_its_own_serves_the_one_request(cwd: Path) -> None:
    sent = synflow("send", "POST", "/echo/7?x=1", "--data", "<a/>", "--flows", "flows", "--trace", "--json", cwd=cwd)
    assert sent.returncode == 0, sent.stderr
    told = json.loads(sent.stdout)
    assert (told["status"], told["body"]) == (200, "<a/>")
    assert told["headers"]["content-type"].startswith("application/xml")
    assert told["trace"]["target"] == "/echo/7?x=1"
    assert told["trace"]["steps"][0]["changes"][0] == {"scope": "default", "name": "id", "after": "7"}
    assert "synflow started" not in sent.stderr


def test_standard_input_is_sent_and_streamed_back(cwd: Path, program: Program) -> None:
    import subprocess
    import sys

    from tests.fakes.program import environment

    body = b"x" * 3_000_000
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "engine.cli",
            "send",
            "POST",
            "/echo/1",
            "--body",
            "-",
            "-H",
            "Content-Type: application/octet-stream",
            *where(program),
        ],
        input=body,
        capture_output=True,
        cwd=cwd,
        env=environment(),
        timeout=DEADLINE,
        check=False,
    )
    assert (done.returncode, len(done.stdout), done.stdout == body) == (0, len(body), True), done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["GET", "/x", "--url", "http://127.0.0.1:1"], "127.0.0.1:1"),
        (["GET", "/x", "--url", "nowhere"], "nowhere"),
        (["GET", "/x", "-H", "no header"], "-H 'Name: value'"),
        (["GET", "/x", "--body", "gone.json"], "there is no file gone.json"),
        (["GET", "/x", "--body", "-", "--data", "x"], "exclude each other"),
        (["GET", "/x", "--sandbox", "salesforce"], "belong to --flows"),
        (["GET", "/x", "--flows", "gone"], "there is no file or folder gone"),
        (["G T", "/x"], "not an HTTP method"),
    ],
)
def test_what_cannot_be_sent_is_told_in_a_line(cwd: Path, arguments: list[str], words: str) -> None:
    sent = synflow("send", *arguments, cwd=cwd)
    assert sent.returncode in (1, 2)
    assert words in sent.stderr
    assert "Traceback" not in sent.stderr
    assert sent.stdout == ""


def test_remote_client_header_is_refused_behind_a_proxy(program: Program) -> None:
    connection = HTTPConnection("127.0.0.1", program.port, timeout=DEADLINE)
    connection.request("GET", "/echo/1", headers={"X-Synflow-Trace": "1", "X-Forwarded-For": "203.0.113.9"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200
    assert answer.getheader("x-synflow-trace-id") is None
    program.wait_for("X-Synflow-Trace header of a client that is not on this machine is ignored")


@pytest.mark.parametrize(
    ("text", "file", "media"),
    [
        (' {"a": 1}', None, "application/json"),
        ("[1]", None, "application/json"),
        ("<a/>", None, "application/xml"),
        ("hello", None, "text/plain"),
        (None, "a/b.CSV", "text/csv"),
        (None, "b.json", "application/json"),
        (None, "b.png", "image/png"),
        (None, "-", "application/octet-stream"),
    ],
)
def test_content_type_is_guessed(text: str | None, file: str | None, media: str) -> None:
    assert guessed_type(text, file) == media


def test_text_of_a_trace_shows_every_kind_of_fact_and_steers_no_terminal() -> None:
    text = trace_text(
        {
            "id": "1",
            "method": "GET",
            "target": "/x",
            "status": None,
            "finished": False,
            "took_ms": 1.0,
            "request": {"payload": {"kind": "unread"}},
            "steps": [
                {
                    "in": "sequence s",
                    "number": 1,
                    "name": "call",
                    "place": "f.xml:1",
                    "outcome": "running",
                    "parameters": {"p": "1"},
                    "calls": [
                        {"method": "GET", "url": "http://b/", "status": 200, "took_ms": 2.0},
                        {"method": "GET", "url": "c"},
                    ],
                    "changes": [
                        {"scope": "axis2", "name": "a", "before": "1"},
                        {"scope": "default", "name": "b", "before": "1", "after": "\x1b[31m2"},
                    ],
                    "payload": {
                        "before": {"kind": "empty", "size": 0},
                        "after": {"kind": "text", "text": "\n".join("abcdefghijklmno")},
                    },
                }
            ],
            "steps_left_out": 3,
        }
    )
    assert text.splitlines() == [
        "trace 1  GET /x  not answered  1.00 ms",
        "  received (unread, length unknown)",
        "sequence s",
        "  ?[1] call  f.xml:1",
        "       p: 1",
        "       -> GET http://b/  200  2.00 ms",
        "       -> GET c  no answer yet",
        "       - axis2 a = 1",
        "       ~ b = \N{REPLACEMENT CHARACTER}[31m2   (was 1)",
        "       payload was (empty, 0 bytes)",
        "       payload now (text) a",
        *[f"                   {letter}" for letter in "bcdefghijkl"],
        "                   … 3 more lines",
        "3 later steps are not in this trace",
        "the request still runs",
    ]
