from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

from tests.fakes.program import DEADLINE, Program, environment, running, status_api, synflow


def test_sandbox_runs_beside_the_flows_and_tells_them_where(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.xml").write_text(status_api("A", "/a", 201))
    with running("--sandbox", "salesforce", cwd=tmp_path, SYNFLOW_SANDBOX_PORT="0") as program:
        program.until_ready()
        port = int(program.wait_for(r"Salesforce sandbox on http://127\.0\.0\.1:(\d+)")[0].group(1))
        connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        connection.request("GET", "/services/data/v60.0/jobs/ingest")
        answer = connection.getresponse()
        assert answer.status == 401
        assert json.loads(answer.read())[0]["errorCode"] == "INVALID_SESSION_ID"
        connection.close()
        assert program.stop() == 0
    assert "Traceback" not in program.log


def test_taken_sandbox_port_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = synflow(
            "run",
            "--sandbox",
            "salesforce",
            "--port",
            "0",
            "--management-port",
            "0",
            cwd=tmp_path,
            SYNFLOW_SANDBOX_PORT=port,
        )
        alone = synflow("mock", "salesforce", "--port", port, cwd=tmp_path)
    assert ended.returncode == 2
    assert f"the sandbox cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert alone.returncode == 1
    assert "choose another port with --port" in alone.stderr
    assert "Traceback" not in ended.stderr + alone.stderr


def test_mock_serves_alone_until_a_signal(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "engine.cli", "mock", "salesforce", "--port", "0"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        process.stderr = process.stdout
        program = Program(process)
        port = int(program.wait_for(r"http://127\.0\.0\.1:(\d+)")[0].group(1))
        connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        connection.request("GET", "/services/data/")
        assert connection.getresponse().status < 500
        connection.close()
        assert program.stop(signal.SIGINT) in (0, 130)
    assert "Traceback" not in program.log
