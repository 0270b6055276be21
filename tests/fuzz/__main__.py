"""Fuzz the readers one after the other: `python -m tests.fuzz [--only NAME] [--seconds N]`.

With atheris installed (extra `fuzz`) guided by coverage, else by outcomes. A finding is a file in .cache/fuzz/NAME/;
`--replay FILE` runs it again. Exit code 1 when anything was found.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import NAMES

ROOT = Path(__file__).parents[2]
FINDINGS = ROOT / ".cache" / "fuzz"


def main() -> int:
    """Run the fuzzers asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--only", choices=NAMES, action="append", help="one fuzzer; may be given several times")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each fuzzer (60)")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers; 0 takes a new one")
    parser.add_argument("--plain", action="store_true", help="without atheris even where it is installed")
    parser.add_argument(
        "--replay", type=Path, help="run one input of the fuzzer given with --only and print the outcome"
    )
    given = parser.parse_args()
    names: list[str] = given.only or list(NAMES)
    if given.replay:
        return _worker(names[0], "replay", str(given.replay))
    guided = not given.plain and importlib.util.find_spec("atheris") is not None
    print(f"fuzzing {'with atheris' if guided else 'by outcomes (atheris is not installed)'}", flush=True)
    failed = []
    for name in names:
        (FINDINGS / name / "corpus").mkdir(parents=True, exist_ok=True)
        code = _worker(name, "atheris" if guided else "plain", str(given.seconds), str(given.seed))
        print(f"{name}: {'FOUND something, see ' + str(FINDINGS / name) if code else 'nothing found'}", flush=True)
        if code:
            failed.append(name)
    return 1 if failed else 0


def _worker(name: str, *args: str) -> int:
    """One fuzzer in a process of its own: libFuzzer ends the process it runs in."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.fuzz.worker", name, str(FINDINGS / name), *args]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
