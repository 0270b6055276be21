from __future__ import annotations

import os
import signal
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.fakes.program import DEADLINE, Program, running, status_api, synflow


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "a.xml").write_text(status_api("A", "/a", 201))
    return folder


def pids(program: Program, count: int) -> list[int]:
    return [int(match.group(1)) for match in program.wait_for(r"worker \d is process (\d+)", count)]


def statuses(program: Program, path: str) -> set[int]:
    """The statuses of several connections, which the system spreads over the workers."""
    return {program.get(path)[0] for _ in range(16)}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_workers_serve_reload_and_stop_together(tmp_path: Path, flows: Path) -> None:
    with running("--workers", "2", cwd=tmp_path) as program:
        program.until_ready()
        first = pids(program, 2)
        assert statuses(program, "/a") == {201}
        assert b"synflow_workers 2\n" in program.get("/metrics", management=True)[1]
        (flows / "a.xml").write_text(status_api("A", "/a", 203))
        program.until(lambda: program.readiness()[1]["deployment"] == 2)
        program.until(lambda: statuses(program, "/a") == {203})
        (flows / "a.xml").write_text(status_api("A", "/a", 202, "<lgo/>"))
        program.until(lambda: program.readiness()[0] == 503)
        assert statuses(program, "/a") == {203}
        assert [problem["code"] for problem in program.readiness()[1]["problems"]] == ["SYN010"]
        assert program.stop() == 0
    assert not any(map(alive, first))
    assert "Traceback" not in program.log


def test_killed_worker_is_started_again(tmp_path: Path, flows: Path) -> None:
    with running("--workers", "2", cwd=tmp_path, SYNFLOW_WORKERS_RESTART_DELAY="0.05") as program:
        program.until_ready()
        program.wait_for("started in", 2)  # said just after a worker is ready: the victim might not have come to it
        victim = pids(program, 2)[0]
        os.kill(victim, signal.SIGKILL)
        program.wait_for("ended by SIGKILL; it is started again")
        program.wait_for("started in", 3)
        program.until_ready()
        assert victim not in pids(program, 3)[1:]
        assert statuses(program, "/a") == {201}
        assert b"synflow_worker_restarts_total 1\n" in program.get("/metrics", management=True)[1]
        assert program.stop() == 0


def test_workers_end_when_their_supervisor_is_killed(tmp_path: Path, flows: Path) -> None:
    with running("--workers", "2", cwd=tmp_path) as program:
        program.until_ready()
        workers = pids(program, 2)
        assert all(map(alive, workers))
        program.process.kill()
        program.process.wait(DEADLINE)
        program.until(lambda: not any(map(alive, workers)))
        assert not any(map(alive, workers))


def test_worker_that_cannot_start_ends_everything(tmp_path: Path, flows: Path) -> None:
    ended = synflow(
        "run",
        "--workers",
        "2",
        "--port",
        "0",
        "--management-port",
        "0",
        cwd=tmp_path,
        SYNFLOW_LISTENER_CERTIFICATE="missing.pem",
    )
    assert ended.returncode == 2
    assert "there is no file missing.pem" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_folder_called_engine_in_the_working_directory_does_no_harm(tmp_path: Path, flows: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text("raise RuntimeError('the wrong engine')")
    with running("--workers", "2", cwd=tmp_path, PYTHONSAFEPATH="1") as program:
        program.until_ready()
        assert program.stop() == 0


def test_running_request_of_a_worker_is_finished_after_sigterm(tmp_path: Path, flows: Path) -> None:
    with running("--workers", "2", cwd=tmp_path) as program:
        program.until_ready()
        connection = HTTPConnection("127.0.0.1", program.port, timeout=DEADLINE)
        connection.putrequest("POST", "/a")
        connection.putheader("Content-Length", "10")
        connection.endheaders(b"12345")
        program.until(lambda: b"synflow_requests_total 1\n" in program.get("/metrics", management=True)[1])
        program.process.send_signal(signal.SIGTERM)
        program.wait_for("stopping the workers")
        program.until(lambda: program.readiness()[0] == 503)
        connection.send(b"67890")
        assert connection.getresponse().status == 201
        connection.close()
        assert program.process.wait(DEADLINE) == 0
