"""`python -m tests.attack [NAME ...]`: every attack, what it got, and how long another client waited meanwhile."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.attack.attacks import ATTACKS, Target
from tests.attack.flow import laughing_api
from tests.attack.probe import Probe
from tests.attack.run import attacked
from tests.fakes.process import memory

ALLOWED = 50.0


def main(names: list[str]) -> int:
    """Attack; the exit code counts wrong answers."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, attacked(Path(folder)) as program:
        probe = Probe(program.port)
        time.sleep(1)
        count, longest, _ = probe.since()
        print(f"{'nothing':32} {'':9} others waited {longest:7.1f} ms at most ({count} requests)")
        for each in ATTACKS:
            if names and each.name not in names:
                continue
            target = Target(program.port, program.process.pid)
            got = asyncio.run(each.run(target))
            count, longest, bad = probe.since()
            fits = got == each.expected and not bad
            wrong += not fits
            print(
                f"{each.name:32} {sorted(set(got))!s:9} others waited {longest:7.1f} ms at most ({count} requests)"
                f" {memory(program.process.pid):6.0f} MB"
                f" {'' if fits else f'WRONG, {each.expected[:1]} expected; {bad} bad'}"
                f"{' LONG' if longest > ALLOWED else ''}{''.join(f'; {note}' for note in target.notes)}",
                flush=True,
            )
        (Path(folder) / "flows/laughing.xml").write_text(laughing_api())
        program.until(lambda: "laughing.xml" in str(program.readiness()[1]["problems"]))
        _, longest, bad = probe.since()
        print(f"{'billion laughs deployed':32} {'':9} others waited {longest:7.1f} ms at most; {bad} bad")
        probe.stop()
        program.stop()
    return wrong


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
