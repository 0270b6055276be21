"""Node-RED: installed from npm into a folder of its own outside the source tree, started with the equivalent flows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import SERVED, Child, wait_for_port

CACHE = Path(os.environ.get("SYNFLOW_BENCH_CACHE") or Path.home() / ".cache" / "synflow-benchmarks")
FOLDER = CACHE / "node-red"
_RED = FOLDER / "node_modules" / "node-red" / "red.js"


def absent() -> str:
    """Why Node-RED cannot be measured; empty when it can."""
    if shutil.which("node") is None:
        return "Node.js is not installed"
    return "" if _RED.is_file() else "Node-RED is not installed; run python -m tests.benchmarks --install-node-red"


def install() -> None:
    """Install it into the cache folder."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "install", "--no-fund", "--no-audit", "--prefix", str(FOLDER), "node-red"], check=True)


def flows(back_end: int) -> list[dict[str, Any]]:
    """`/pass` and `/json` as a user of Node-RED draws them, and `/ping`."""
    target = f"http://127.0.0.1:{back_end}/echo"
    made: list[dict[str, Any]] = [{"id": "tab", "type": "tab", "label": "bench"}]

    def node(name: str, kind: str, to: list[list[str]], **more: Any) -> None:
        made.append({"id": name, "type": kind, "z": "tab", "name": "", "wires": to, **more})

    def request(name: str, to: str, returns: str) -> None:
        node(name, "http request", [[to]], method="POST", ret=returns, url="", paytoqs="ignore", persist=True)

    prepare = f"msg.url = '{target}'; return msg;"
    choose = f"msg.url = '{target}' + (msg.payload.order.customer.tier === 'gold' ? '?gold' : '?other'); return msg;"
    node("pass-in", "http in", [["pass-set"]], url="/pass", method="post")
    node("pass-set", "function", [["pass-call"]], func=prepare, outputs=1)
    request("pass-call", "pass-out", "bin")
    node("pass-out", "http response", [])
    node("json-in", "http in", [["json-set"]], url="/json", method="post")
    node("json-set", "function", [["json-call"]], func=choose, outputs=1)
    request("json-call", "json-out", "bin")
    node("json-out", "http response", [])
    node("ping-in", "http in", [["ping-set"]], url="/ping", method="get")
    node("ping-set", "function", [["ping-out"]], func="msg.payload = 'pong'; return msg;", outputs=1)
    node("ping-out", "http response", [])
    return made


def prepare(folder: Path, port: int, back_end: int) -> list[str]:
    """Write settings and flows into `folder`; returns the command that serves them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "flows.json").write_text(json.dumps(flows(back_end)))
    (folder / "settings.js").write_text(
        f"module.exports = {{uiPort: {port}, uiHost: '127.0.0.1', flowFile: 'flows.json', httpAdminRoot: false, "
        "httpNodeRoot: '/', apiMaxLength: '5mb', logging: {console: {level: 'warn'}}, telemetry: {enabled: false}};\n"
    )
    return ["node", str(_RED), "--userDir", str(folder), "--settings", str(folder / "settings.js")]


def start(folder: Path, port: int, back_end: int) -> Child:
    """Node-RED, serving."""
    child = Child(prepare(folder, port, back_end), SERVED, cwd=folder, log=folder / "log.txt")
    wait_for_port(port, child)
    return child


_PROXY = """
const http = require('http');
const agent = new http.Agent({keepAlive: true});
http.createServer((request, response) => {
  const call = http.request(
    {host: '127.0.0.1', port: %d, path: '/echo', method: 'POST', headers: request.headers, agent},
    reply => { response.writeHead(reply.statusCode, reply.headers); reply.pipe(response); });
  call.on('error', () => { response.statusCode = 502; response.end(); });
  request.pipe(call);
}).listen(%d, '127.0.0.1');
"""


def start_proxy(folder: Path, port: int, back_end: int) -> Child:
    """A streaming proxy out of Node's own `http`."""
    child = Child(["node", "-e", _PROXY % (back_end, port)], SERVED, cwd=folder, log=folder / "node.txt")
    wait_for_port(port, child)
    return child
