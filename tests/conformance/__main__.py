"""Run the behavioural cases of a folder and hold the result against known_failures.txt.

    python -m tests.conformance FOLDER [--only PATTERN ...] [--jobs N] [--update]

FOLDER holds `run.py` and `cases/`. Ends with 1 when a case fails that is not listed, or a listed one passes.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

LIST = Path(__file__).with_name("known_failures.txt")


def known_failures() -> dict[str, str]:
    """Case id -> reason; every listed case has one."""
    known: dict[str, str] = {}
    for line in LIST.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            case, _, reason = line.partition(" ")
            if not reason.strip():
                raise SystemExit(f"{LIST}: {case} has no reason")
            known[case] = reason.strip()
    return known


def main() -> int:
    """Run the cases; print what differs from the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    engine = (
        f"{shlex.quote(sys.executable)} -m engine.cli run {{flows}} --host 127.0.0.1 --port {{port}} "
        "--management-port {mport}"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            sys.executable,
            str(options.folder / "run.py"),
            "--engine",
            engine,
            "--jobs",
            str(options.jobs),
            "--report",
            str(report),
        ]
        for pattern in options.only:
            command += ["--only", pattern]
        subprocess.run(command, env=environment, check=False)
        if not report.exists():
            print("the runner left no report")
            return 1
        cases = json.loads(report.read_text("utf-8"))["cases"]
    known = known_failures()
    failed = {case["id"]: f"{case['step']}: {case['message']}" for case in cases if not case["passed"]}
    passed = {case["id"] for case in cases if case["passed"]}
    unexpected = {case: why for case, why in failed.items() if case not in known}
    recovered = sorted(passed & known.keys())
    for case, why in sorted(unexpected.items()):
        print(f"not listed, but fails: {case}: {why}")
    for case in recovered:
        print(f"listed, but passes: {case}: remove it from {LIST.name}")
    print(
        f"{len(passed)} pass, {len(failed) - len(unexpected)} known failures, {len(unexpected)} unexpected, "
        f"{len(recovered)} to be taken off the list"
    )
    return 1 if unexpected or recovered else 0


if __name__ == "__main__":
    raise SystemExit(main())
