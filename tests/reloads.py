"""Reloads under constant load: `python -m tests.reloads [--count 1000]`; not one reply may fail or mix two versions."""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

from tests.fakes.program import DEADLINE, NS, running

CLIENTS = 4
MEDIATORS = 5


def api(version: int) -> str:
    """Each of its mediators writes the version; the reply holds them all."""
    steps = "".join(f'<property name="p{n}" value="{version}"/>' for n in range(MEDIATORS))
    values = ",".join(f"${n + 1}" for n in range(MEDIATORS))
    arguments = "".join(f'<arg expression="$ctx:p{n}"/>' for n in range(MEDIATORS))
    return (
        f'<api {NS} name="A" context="/a"><resource methods="GET"><inSequence>{steps}<payloadFactory media-type="json">'
        f"<format>[{values},{version}]</format><args>{arguments}</args></payloadFactory><respond/>"
        "</inSequence></resource></api>"
    )


def answer(connection: HTTPConnection) -> tuple[int, bytes]:
    """One request."""
    connection.request("GET", "/a")
    reply = connection.getresponse()
    return reply.status, reply.read()


def reload_under_load(folder: Path, count: int) -> Counter[str]:
    """Write `count` versions, each waited for; what the clients saw: good replies, and wrong ones as they were."""
    flows = folder / "flows"
    flows.mkdir()
    (flows / "a.xml").write_text(api(0))
    stop = threading.Event()
    with running(cwd=folder) as program:
        program.until_ready()
        port = program.port

        def load() -> Counter[str]:
            seen: Counter[str] = Counter()
            connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
            while not stop.is_set():
                status, body = answer(connection)
                versions = set(body.strip(b"[]").split(b","))
                seen["good" if status == 200 and len(versions) == 1 else f"{status} {body!r}"] += 1
            connection.close()
            return seen

        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(load) for _ in range(CLIENTS)]
            looking = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
            try:
                for version in range(1, count + 1):
                    (flows / ".a.tmp").write_text(api(version))
                    os.replace(flows / ".a.tmp", flows / "a.xml")
                    wanted = b"%d]" % version
                    program.until(lambda: answer(looking)[1].endswith(wanted))  # noqa: B023
            finally:
                stop.set()
                looking.close()
            seen = sum((client.result() for client in clients), Counter[str]())
        seen["reloads"] = program.readiness()[1]["deployment"] - 1
        assert program.stop() == 0
    return seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.reloads", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = reload_under_load(Path(name), given.count)
    print(dict(found))
    raise SystemExit(0 if set(found) == {"good", "reloads"} else 1)
