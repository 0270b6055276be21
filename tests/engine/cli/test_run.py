from __future__ import annotations

import os
import signal
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
import trustme

from tests.fakes.program import DEADLINE, NS, running, status_api, synflow


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "a.xml").write_text(status_api("A", "/a", 201))
    return folder


def test_default_folder_is_served_and_reloaded_and_sigterm_ends_it(tmp_path: Path, flows: Path) -> None:
    with running(cwd=tmp_path) as program:
        program.until_ready()
        assert program.get("/a")[0] == 201
        assert program.get("/b")[0] == 404
        (flows / "b.xml").write_text(status_api("B", "/b", 203))
        program.until(lambda: program.get("/b")[0] == 203)
        (flows / "a.xml").unlink()
        program.until(lambda: program.get("/a")[0] == 404)
        assert program.stop() == 0
    assert "API named 'B' has been deployed from file : flows/b.xml" in program.log
    assert "API named 'A' has been undeployed" in program.log
    assert program.lines[-1].endswith("synflow stopped")
    assert "Traceback" not in program.log


def test_broken_file_is_told_alike_by_log_readiness_problems_and_lint(tmp_path: Path, flows: Path) -> None:
    with running(cwd=tmp_path) as program:
        program.until_ready()
        (flows / "a.xml").write_text(status_api("A", "/a", 202, "<lgo/>"))
        program.until(lambda: program.readiness()[0] == 503)
        assert program.get("/a")[0] == 201
        problems = program.readiness()[1]["problems"]
        text = program.get("/problems", management=True)[1]
        program.wait_for("keeps its last good version")
        program.stop()
    lint = synflow("lint", cwd=tmp_path)
    line = lint.stdout.splitlines()[0]
    assert lint.returncode == 1
    assert "<lgo> is no mediator" in line
    assert line in program.log
    assert [problem["code"] for problem in problems] == ["SYN010"]
    assert line.encode() in text or problems[0]["message"].encode() in text


def test_no_reload_leaves_changed_files_alone(tmp_path: Path, flows: Path) -> None:
    with running("--no-reload", cwd=tmp_path) as program:
        program.until_ready()
        (flows / "a.xml").write_text(status_api("A", "/a", 203))
        program.process.send_signal(signal.SIGHUP)  # asks for a reload: the change is there, only nobody watched
        program.until(lambda: program.get("/a")[0] == 203)
        assert program.stop() == 0


def test_taken_port_is_one_clear_line(tmp_path: Path, flows: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = synflow("run", "--port", str(port), "--management-port", "0", cwd=tmp_path)
        management = synflow("run", "--port", "0", "--management-port", str(port), cwd=tmp_path)
        workers = synflow("run", "--workers", "2", "--port", str(port), "--management-port", "0", cwd=tmp_path)
    for each, option in ((ended, "--port"), (management, "--management-port"), (workers, "--port")):
        assert each.returncode == 2
        assert f"port {port} is in use" in each.stderr
        assert option in each.stderr
        assert "Traceback" not in each.stderr


def test_missing_folder_and_wrong_settings_are_clear(tmp_path: Path) -> None:
    nothing = synflow("run", cwd=tmp_path)
    assert nothing.returncode == 2
    assert "there is no file or folder flows" in nothing.stderr
    (tmp_path / "flows").mkdir()
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "synflow.toml").write_text("[listener]\nprot = 1\n")
    wrong = synflow("run", cwd=tmp_path)
    assert wrong.returncode == 2
    assert wrong.stderr == (
        "synflow: conf/synflow.toml:2: there is no setting 'prot' in [listener]; did you mean 'port'?\n"
    )


def test_conf_folder_environment_and_command_line_are_layered(tmp_path: Path, flows: Path) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "synflow.toml").write_text('[logging]\nformat = "json"\nlevel = "WARNING"\n')
    with running("--conf", "settings", cwd=tmp_path, SYNFLOW_LOGGING_LEVEL="INFO") as program:
        program.wait_for(r'"message": "synflow started')
        assert program.stop() == 0


def test_access_log_and_correlation_id(tmp_path: Path, flows: Path) -> None:
    with running(cwd=tmp_path, SYNFLOW_LOGGING_ACCESS_LOG="true") as program:
        program.until_ready()
        program.get("/a?x=1")
        program.wait_for(r'\{access\}.* - 127\.0\.0\.1 "GET /a\?x=1 HTTP/1\.1" 201 [\d.]+ ms')
        program.stop()


def test_secrets_of_the_environment_do_not_reach_the_log(tmp_path: Path, flows: Path) -> None:
    (flows / "l.xml").write_text(
        f'<api {NS} name="L" context="/l"><resource methods="GET"><inSequence><log level="custom">'
        "<property name=\"given\" expression=\"get-property('env', 'MY_CLIENT_SECRET')\"/></log>"
        "<respond/></inSequence></resource></api>"
    )
    with running(cwd=tmp_path, MY_CLIENT_SECRET="open-sesame-42") as program:
        program.until_ready()
        program.get("/l")
        program.wait_for(r"given = \*\*\*\*\*")
        program.stop()
    assert "open-sesame-42" not in program.log


def test_running_requests_are_finished_after_sigterm(tmp_path: Path, flows: Path) -> None:
    with running(cwd=tmp_path) as program:
        program.until_ready()
        connection = HTTPConnection("127.0.0.1", program.port, timeout=DEADLINE)
        connection.putrequest("POST", "/a")
        connection.putheader("Content-Length", "10")
        connection.endheaders(b"12345")
        program.until(lambda: b"synflow_requests_total 1\n" in program.get("/metrics", management=True)[1])
        program.process.send_signal(signal.SIGTERM)
        program.wait_for("stopping; running requests")
        connection.send(b"67890")
        assert connection.getresponse().status == 201
        connection.close()
        assert program.process.wait(DEADLINE) == 0


def test_constant_load_sees_no_failed_reply_during_reloads(tmp_path: Path, flows: Path) -> None:
    """Each file goes through valid statuses only; a reply that is none of them, or a refused connection, fails."""
    (flows / "s.xml").write_text(f'<sequence {NS} name="S"><property name="x" value="0"/></sequence>')
    with running(cwd=tmp_path, SYNFLOW_DEPLOYMENT_SETTLE_MS="2000") as program:
        program.until_ready()
        stop = threading.Event()
        port = program.port

        def load() -> set[int]:
            seen: set[int] = set()
            connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
            while not stop.is_set():
                connection.request("GET", "/a")
                answer = connection.getresponse()
                answer.read()
                seen.add(answer.status)
            connection.close()
            return seen

        with ThreadPoolExecutor(4) as pool:
            clients = [pool.submit(load) for _ in range(4)]
            for step in range(60):
                target = flows / "a.xml"
                text = status_api("A", "/a", 201 + step % 2 * 2)
                if step % 3 == 0:
                    target.write_text(text)
                elif step % 3 == 1:
                    (flows / ".a.tmp").write_text(text)
                    os.replace(flows / ".a.tmp", target)
                else:
                    target.unlink()
                    target.write_text(text)
                program.until(lambda: program.get("/a")[0] == 201 + step % 2 * 2)  # noqa: B023
            stop.set()
            seen = set().union(*(client.result() for client in clients))
        assert seen <= {201, 203}
        assert program.stop() == 0


def test_https_with_a_certificate_of_the_settings(tmp_path: Path, flows: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "synflow.toml").write_text('[listener]\ncertificate = "server.pem"\nhttps_port = 0\n')
    with running(cwd=tmp_path) as program:
        port = int(program.wait_for(r"https://127\.0\.0\.1:(\d+)")[0].group(1))
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        connection = HTTPSConnection("127.0.0.1", port, timeout=DEADLINE, context=trusting)
        connection.request("GET", "/a")
        assert connection.getresponse().status == 201
        connection.close()
        assert program.stop() == 0


def test_unusable_certificate_is_a_clear_error(tmp_path: Path, flows: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    ended = synflow(
        "run",
        "--port",
        "0",
        "--management-port",
        "0",
        cwd=tmp_path,
        SYNFLOW_LISTENER_CERTIFICATE="bad.pem",
        SYNFLOW_LISTENER_HTTPS_PORT="0",
    )
    assert ended.returncode == 2
    assert "certificate bad.pem cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr
