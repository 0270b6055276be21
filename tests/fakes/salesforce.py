"""The sample flow with an org: the sandbox in a process of its own, or a bare one that streams any amount."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.fakes.program import ROOT, Program, environment, running

DEADLINE = 60.0


@contextmanager
def sandbox() -> Iterator[str]:
    """`synflow mock salesforce` on a free port; gives its base URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "engine.cli", "mock", "salesforce", "--port", "0"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            url = ""
            while not url:
                line = process.stdout.readline()
                assert line, "the sandbox ended"
                found = re.search(r"http://[\d.]+:\d+", line)
                url = found.group() if found is not None else ""
            yield url
        finally:
            process.terminate()


def trouble(url: str, **fault: object) -> None:
    """Plan trouble for the next requests of the sandbox."""
    request = Request(f"{url}/__sandbox/faults", json.dumps(fault).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=DEADLINE) as answer:
        assert answer.status == 204


def no_trouble(url: str) -> None:
    """Call all planned trouble off."""
    with urlopen(Request(f"{url}/__sandbox/faults", method="DELETE"), timeout=DEADLINE) as answer:
        assert answer.status == 204


@contextmanager
def sample(folder: Path, org: str, **more: str) -> Iterator[Program]:
    """The sample of `flows/salesforce`, served in `folder` against an org."""
    shutil.copytree(ROOT / "flows", folder / "flows", ignore=shutil.ignore_patterns("path"), dirs_exist_ok=True)
    with running(cwd=folder, SALESFORCE_INSTANCE_URL=org, **more) as program:
        program.until_ready()
        yield program


class BareOrg(ThreadingHTTPServer):
    """Just enough of an org for the sample: takes uploads of any size, gives `rows` result rows."""

    daemon_threads = True

    def __init__(self, rows: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.rows = rows
        self.uploaded: list[int] = []
        self.uploading = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BareOrg

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _json(self, status: int, value: object) -> None:
        body = json.dumps(value).encode() if value is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drain(self) -> int:
        left = length = int(self.headers.get("Content-Length", 0))
        while left:
            piece = self.rfile.read(min(left, 1 << 16))
            if not piece:
                break
            left -= len(piece)
            if length > 1 << 20:
                self.server.uploading.set()
                self.server.go_on.wait(DEADLINE)
        return length - left

    def do_POST(self) -> None:
        self._drain()
        if "oauth2" in self.path:
            self._json(200, {"access_token": "token", "instance_url": self.server.url, "token_type": "Bearer"})
        else:
            self._json(200, {"id": "7508d00000Ihhl5AAB", "state": "Open"})

    def do_PUT(self) -> None:
        self.server.uploaded.append(self._drain())
        self._json(201, None)

    def do_PATCH(self) -> None:
        self._drain()
        self._json(200, {"id": "7508d00000Ihhl5AAB", "state": "UploadComplete"})

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._chunk(b'"sf__Id","sf__Created","Name"\n')
        for start in range(0, self.server.rows, 1000):
            stop = min(start + 1000, self.server.rows)
            self._chunk(
                "".join(f'"0018d00000{n:08}","true","Account {n}, of many"\n' for n in range(start, stop)).encode()
            )
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))


@contextmanager
def bare_org(rows: int = 0) -> Iterator[BareOrg]:
    """A bare org in a thread."""
    with BareOrg(rows) as org:
        thread = threading.Thread(target=org.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield org
        finally:
            org.go_on.set()
            org.shutdown()
            thread.join()
