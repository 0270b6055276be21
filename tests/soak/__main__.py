"""`python -m tests.soak [--requests 100000]`: what is left behind, and memory against that after the first 5,000."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tests.soak.clients import KINDS
from tests.soak.run import Standing, soaking

FIRST = 5_000
ALLOWED = 5.0


async def run(count: int) -> int:
    """The soak; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        async with soaking(Path(folder)) as soak:
            await soak.ask(FIRST)
            before = await soak.standing()
            _print("after the first 5,000", before)
            began = time.monotonic()
            for _ in range(10):
                await soak.ask(max(1, (count - FIRST) // 10))
                print(f"{soak.asked} requests, {soak.asked / (time.monotonic() - began):.0f}/s", flush=True)
                _print("now", after := await soak.standing())
            print(dict(soak.outcomes))
    wrong = set(soak.outcomes) - KINDS
    problems = [f"wrong answers: {sorted(wrong)[:5]}"] if wrong else []
    if after.tasks > before.tasks:
        problems.append(f"{after.tasks - before.tasks} tasks leaked")
    if leaked := after.descriptors - before.descriptors:
        problems.append(f"file descriptors leaked: {dict(leaked)}")
    if after.temporary:
        problems.append(f"temporary files left: {after.temporary}")
    if after.memory - before.memory > ALLOWED:
        problems.append(f"memory grew by {after.memory - before.memory:.1f} MB, {ALLOWED} are allowed")
    print("\n".join(problems) or f"nothing leaked; memory {after.memory - before.memory:+.1f} MB")
    return 1 if problems else 0


def _print(when: str, standing: Standing) -> None:
    print(
        f"{when}: {standing.tasks} tasks, {standing.descriptors.total()} descriptors, {standing.memory:.1f} MB",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    raise SystemExit(asyncio.run(run(parser.parse_args().requests)))
