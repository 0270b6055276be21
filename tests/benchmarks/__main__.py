"""`python -m tests.benchmarks`: measure, print, store, compare."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.benchmarks.goals import measures
from tests.benchmarks.machine import versions
from tests.benchmarks.peers import node_red
from tests.benchmarks.result import Row, compare, details, skipped, store, table
from tests.benchmarks.stage import Stage

RESULTS = Path(__file__).parent / "results"
LATEST = RESULTS / "latest.json"
STORED = RESULTS / "stored.json"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", type=int, metavar="N", help="these goals only")
    parser.add_argument(
        "--quick", action="store_true", help="one short round each, large bodies left out; under three minutes"
    )
    parser.add_argument("--json", type=Path, default=LATEST, metavar="FILE", help=f"where the result goes [{LATEST}]")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="the run to compare with [the stored one, if any]")
    parser.add_argument(
        "--install-node-red", action="store_true", help=f"install Node-RED from npm into {node_red.FOLDER}"
    )
    return parser.parse_args()


def measure(only: list[int] | None, quick: bool) -> list[Row]:
    """All rows; a measure that fails is a row without a figure."""
    rows: list[Row] = []
    with Stage(quick=quick) as stage:
        for number, one in measures().items():
            if only and number not in only:
                continue
            began = time.perf_counter()
            try:
                rows += one(stage)
            except (RuntimeError, OSError, AssertionError) as error:
                rows.append(skipped(number, one.__name__.replace("_", " "), f"failed: {error}"))
            print(f"goal {number}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return rows


def main() -> None:
    """Run."""
    given = arguments()
    if given.install_node_red:
        node_red.install()
    began = time.perf_counter()
    rows = sorted(measure(given.only, given.quick), key=lambda row: row.number)
    print(table(rows))
    print("\nabsolute figures:")
    print(details(rows))
    store(given.json, rows, versions())
    against = given.compare or (STORED if STORED.is_file() else None)
    if against is not None:
        print("\n" + compare(against, rows))
    print(f"\n{time.perf_counter() - began:.0f} seconds; written to {given.json}")


if __name__ == "__main__":
    main()
