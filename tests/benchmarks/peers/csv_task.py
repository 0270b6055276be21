"""One conversion of a CSV file to a JSON array; prints seconds and growth. `python -m tests.benchmarks.peers.csv_task
synflow|plain FILE`."""

from __future__ import annotations

import csv
import json
import re
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_PIECE = 1 << 18
_ROWS = 1000


def synflow(path: Path) -> Iterator[bytes]:
    """By the engine's converter."""
    from engine.codecs.csv_json import CsvToJson

    converter = CsvToJson()
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield from converter.feed(piece)
    yield from converter.finish()


def plain(path: Path) -> Iterator[bytes]:
    """By csv.reader, dict(zip) and orjson in blocks."""
    import orjson

    with path.open(encoding="utf-8", newline="") as opened:
        rows = csv.reader(opened)
        header = next(rows)
        while block := list(islice(rows, _ROWS)):
            yield orjson.dumps([dict(zip(header, row, strict=True)) for row in block])


def resident(field: str) -> float:
    """Of this process, in MB."""
    found = re.search(rf"^{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def main() -> None:
    """Convert."""
    name, path = sys.argv[1], Path(sys.argv[2])
    convert = {"synflow": synflow, "plain": plain}[name]
    small = path.with_suffix(f".{name}.small")
    with path.open("rb") as opened:
        small.write_bytes(b"".join(islice(opened, 2000)))
    for _ in convert(small):
        pass
    Path("/proc/self/clear_refs").write_text("5")
    start = resident("VmRSS")
    began = time.perf_counter()
    written = 0
    for piece in convert(path):
        written += len(piece)
    seconds = time.perf_counter() - began
    assert written > path.stat().st_size, "the JSON is shorter than the CSV"
    print(json.dumps({"seconds": seconds, "growth": resident("VmHWM") - start}), flush=True)


if __name__ == "__main__":
    main()
