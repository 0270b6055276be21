"""A worker is killed, the engine is told to stop, files change: while requests are on their way."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from tests.fakes.program import DEADLINE, NS, running, status_api
from tests.fakes.salesforce import bare_org, sample

PIECE = b"An account,Milano,with a description of some length\n" * 20_000
PIECES = 150
LENGTH = len(PIECE) * PIECES


def pieces(between: Callable[[int], None]) -> Iterator[bytes]:
    """150 MB; `between` is called before each piece."""
    for number in range(PIECES):
        between(number)
        yield PIECE


def test_worker_killed_under_load_is_replaced_and_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/a.xml").write_text(status_api("A", "/a", 201))
    with running("--workers", "2", cwd=tmp_path) as program:
        program.until_ready()
        first = [int(match.group(1)) for match in program.wait_for(r"worker \d is process (\d+)", 2)]
        stop, port = threading.Event(), program.port

        def load() -> Counter[object]:
            seen: Counter[object] = Counter()
            while not stop.is_set():
                connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
                try:
                    connection.request("GET", "/a")
                    seen[connection.getresponse().status] += 1
                except (ConnectionError, HTTPException):
                    seen["broken"] += 1  # it was on the killed worker
                finally:
                    connection.close()
            return seen

        with ThreadPoolExecutor(4) as pool:
            clients = [pool.submit(load) for _ in range(4)]
            os.kill(first[0], signal.SIGKILL)
            program.wait_for(r"worker \d is process (\d+)", 3)
            program.until(lambda: b"synflow_workers 2\n" in program.get("/metrics", management=True)[1])
            stop.set()
            seen = sum((client.result() for client in clients), Counter[object]())
        assert set(seen) <= {201, "broken"}
        assert seen["broken"] <= 4 * 2
        assert b"synflow_worker_restarts_total 1\n" in program.get("/metrics", management=True)[1]
        assert {program.get("/a")[0] for _ in range(16)} == {201}
        assert program.stop() == 0


@pytest.mark.slow
def test_upload_of_150_mb_is_completed_after_sigterm(tmp_path: Path) -> None:
    with bare_org() as org, sample(tmp_path, org.url, SYNFLOW_LISTENER_DRAIN_SECONDS="60") as program:

        def told_to_stop(number: int) -> None:
            if number == PIECES // 2:
                program.process.send_signal(signal.SIGTERM)
                program.wait_for("stopping; running requests")

        connection = HTTPConnection("127.0.0.1", program.port, timeout=DEADLINE)
        headers = {"Content-Type": "text/csv", "Content-Length": str(LENGTH)}
        connection.request("POST", "/salesforce/createJobAndUploadData", pieces(told_to_stop), headers)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["state"]) == (200, "UploadComplete")
        connection.close()
        assert org.uploaded == [LENGTH - 1]  # white space around the rows is left out
        assert program.process.wait(DEADLINE) == 0


def test_upload_during_a_reload_is_served_by_one_deployment(tmp_path: Path) -> None:
    """The first mediator and the last one tell which file they come from."""

    def api(version: str) -> str:
        return (
            f'<api {NS} name="A" context="/a"><resource methods="POST"><inSequence>'
            f'<property name="first" value="{version}"/>'
            '<enrich><source type="body" clone="true"/><target type="property" property="kept"/></enrich>'
            f'<sequence key="S"/></inSequence></resource></api>'
        )

    def sequence(version: str) -> str:
        return (
            f'<sequence {NS} name="S"><payloadFactory media-type="text"><format>$1-{version}</format><args>'
            '<arg expression="$ctx:first"/></args></payloadFactory><respond/></sequence>'
        )

    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "a.xml").write_text(api("old"))
    (flows / "s.xml").write_text(sequence("old"))
    with running(cwd=tmp_path) as program:
        program.until_ready()
        with socket.create_connection(("127.0.0.1", program.port), timeout=DEADLINE) as client:
            client.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 2000000\r\n"
                           b"Connection: close\r\n\r\n" + b"x" * 1_500_000)  # fmt: skip
            program.until(lambda: b"synflow_requests_total 1\n" in program.get("/metrics", management=True)[1])
            (flows / "a.xml").write_text(api("new"))
            (flows / "s.xml").write_text(sequence("new"))
            program.until(lambda: program.readiness()[1]["deployment"] >= 2)
            client.sendall(b"x" * 500_000)
            answer = b""
            while piece := client.recv(65536):
                answer += piece
        assert answer.endswith(b"old-old")

        def both_new() -> bool:
            connection = HTTPConnection("127.0.0.1", program.port, timeout=DEADLINE)
            connection.request("POST", "/a", b"x", {"Content-Type": "text/plain"})
            body = connection.getresponse().read()
            connection.close()
            return body == b"new-new"

        program.until(both_new)
        assert program.stop() == 0


def test_client_that_leaves_before_its_answer_is_one_line_of_the_log(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as back_end:
        url = f"http://127.0.0.1:{back_end.getsockname()[1]}/"
        call = f'<call><endpoint><address uri="{url}"/></endpoint></call>'
        (tmp_path / "flows/a.xml").write_text(status_api("A", "/a", 200, call))
        with running(cwd=tmp_path) as program:
            program.until_ready()
            quiet = len(program.lines)
            client = socket.create_connection(("127.0.0.1", program.port))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leaves for good, at once
            client.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            waiting, _ = back_end.accept()
            with waiting:
                client.close()
                program.until(lambda: b"\nsynflow_connections 0\n" in program.get("/metrics", management=True)[1])
                waiting.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                program.wait_for("went away before its answer")
            assert program.stop() == 0
        said = [line for line in program.lines[quiet:] if "stop" not in line]
        assert len(said) == 1, said
        assert "INFO" in said[0]
