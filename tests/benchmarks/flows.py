"""Definitions and documents that the measures run on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.benchmarks.machine import ROOT

NS = 'xmlns="http://ws.apache.org/ns/synapse"'
CSV_HEADER = b"Name,AccountNumber,Phone,BillingCity,Description\n"


def api(name: str, context: str, steps: str, methods: str = "POST") -> str:
    """An API with one resource."""
    return (
        f'<api {NS} name="{name}" context="{context}"><resource methods="{methods}"><inSequence>{steps}</inSequence>'
        "</resource></api>"
    )


def call(port: int, path: str, method: str = "post") -> str:
    """A call of the back end."""
    return f'<call><endpoint><http method="{method}" uri-template="http://127.0.0.1:{port}{path}"/></endpoint></call>'


def routing(source: str, port: int) -> str:
    """Content-based routing by one expression."""
    return (
        f'<switch source="{source}"><case regex="gold">{call(port, "/echo?gold")}</case>'
        f"<default>{call(port, '/echo?other')}</default></switch><respond/>"
    )


def proxies(port: int, folder: Path) -> dict[str, str]:
    """One flow for each kind of proxying, by file name."""
    return {
        "pass.xml": api("pass", "/pass", call(port, "/echo") + "<respond/>"),
        "json.xml": api("json", "/json", routing("json-eval($.order.customer.tier)", port)),
        "xml.xml": api("xml", "/xml", routing("//order/customer/tier", port)),
        "convert.xml": api(
            "convert",
            "/convert",
            '<property name="messageType" value="application/xml" scope="axis2"/>' + call(port, "/echo") + "<respond/>",
        ),
        "late.xml": api("late", "/late", call(port, "/late", "get") + "<respond/>", "GET"),
        "sink.xml": api("sink", "/sink", call(port, "/sink") + "<respond/>"),
        "spill.xml": api(
            "spill",
            "/spill",
            '<enrich><source clone="true" type="body"/><target property="kept" '
            'type="property"/></enrich>' + call(port, "/sink") + "<respond/>",
        ),
        "ping.xml": api(
            "ping",
            "/ping",
            '<enrich><source type="inline">{"pong": true}</source><target type="body"/></enrich><respond/>',
            "GET",
        ),
        "silent.xml": api(
            "silent",
            "/silent",
            '<log level="custom" category="DEBUG"><property name="a" value="b"/></log>' * 5
            + call(port, "/echo")
            + "<respond/>",
        ),
        "tofile.xml": api(
            "tofile",
            "/tofile",
            '<file.write configKey="BENCH_FILES"><filePath>out.csv</filePath>'
            "<writeMode>Overwrite</writeMode></file.write><respond/>",
        ),
        "BENCH_FILES.xml": f'<localEntry {NS} key="BENCH_FILES"><file.init><connectionType>LOCAL</connectionType>'
        f"<name>BENCH_FILES</name><workingDir>{folder}</workingDir></file.init></localEntry>",
        "csv.xml": api(
            "csv",
            "/csv",
            '<file.read configKey="BENCH_FILES"><path>rows.csv</path>'
            "<readMode>Complete File</readMode><contentType>text/csv</contentType></file.read><respond/>",
            "GET",
        ),
    }


def write(folder: Path, files: dict[str, str]) -> None:
    """Write definitions."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def sample(folder: Path) -> None:
    """The sample flows of this project, and one that answers by itself."""
    shutil.copytree(ROOT / "flows", folder, dirs_exist_ok=True)
    write(
        folder,
        {"ping.xml": api("ping", "/ping", '<property name="HTTP_SC" value="200" scope="axis2"/><respond/>', "GET")},
    )


def json_document(size: int) -> bytes:
    """An order of about `size` bytes."""
    lines: list[dict[str, object]] = []
    document = {"order": {"id": 4711, "customer": {"name": "Ada Byron", "tier": "gold"}, "lines": lines}}
    while len(json.dumps(document)) < size - 60:
        lines.append(
            {
                "symbol": f"SYM{len(lines)}",
                "quantity": len(lines) % 17,
                "price": 12.5 + len(lines),
                "open": True,
                "note": "as agreed on the telephone",
            }
        )
    return json.dumps(document).encode()


def xml_document(size: int) -> bytes:
    """An order of about `size` bytes."""
    parts = ["<order><id>4711</id><customer><name>Ada Byron</name><tier>gold</tier></customer><lines>"]
    length = len(parts[0]) + 16
    number = 0
    while length < size - 60:
        line = (
            f"<line><symbol>SYM{number}</symbol><quantity>{number % 17}</quantity><price>{12.5 + number}</price>"
            "<open>true</open><note>as agreed on the telephone</note></line>"
        )
        parts.append(line)
        length += len(line)
        number += 1
    return ("".join(parts) + "</lines></order>").encode()


def csv_file(path: Path, megabytes: int) -> int:
    """A CSV of accounts of that size; returns its bytes."""
    block = b"".join(
        b"Company %d,ACC%06d,+49 30 %07d,Berlin,A customer since the beginning of time %d\n" % (n, n, n, n)
        for n in range(10_000)
    )
    wanted = megabytes << 20
    with path.open("wb") as opened:
        opened.write(CSV_HEADER)
        while opened.tell() < wanted:
            opened.write(block)
        return opened.tell()
