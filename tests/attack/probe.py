"""A well-behaved client in a process of its own that notes how long it waits; one line out for each line in."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
REQUEST = b"GET /attacked/ping HTTP/1.1\r\nHost: a\r\n\r\n"


class Probe:
    """The probing process; `since` tells what it has seen since it was last asked."""

    def __init__(self, port: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.attack.probe", str(port)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def since(self) -> tuple[int, float, int]:
        """Requests made, the longest wait in milliseconds, and requests that were not answered with 200."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        seen = json.loads(self._process.stdout.readline())
        return seen["count"], seen["longest"], seen["bad"]

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()


def main(port: int) -> None:
    """Probe until the input ends."""
    seen = {"count": 0, "longest": 0.0, "bad": 0}
    lock = threading.Condition()

    def probe() -> None:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.settimeout(60)
            while True:
                began = time.perf_counter()
                client.sendall(REQUEST)
                answer = client.recv(65536)
                waited = (time.perf_counter() - began) * 1000
                with lock:
                    seen["count"] += 1
                    seen["longest"] = max(seen["longest"], waited)
                    seen["bad"] += not answer.startswith(b"HTTP/1.1 200")
                    lock.notify()
                time.sleep(0.003)

    threading.Thread(target=probe, daemon=True).start()
    for _ in sys.stdin:
        with lock:
            lock.wait()  # for the answer to a request on its way: nobody knows yet how long that takes
            print(json.dumps(seen), flush=True)
            seen.update(count=0, longest=0.0, bad=0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
