"""The process of one fuzzer."""

from __future__ import annotations

import hashlib
import logging
import random
import sys
import traceback
from pathlib import Path

from tests.fuzz.mutation import LONGEST, fuzz
from tests.fuzz.target import CPU_SECONDS, Target

COUNT_EVERY = 16
"""Counting the lines costs time: under atheris every 16th input is counted."""


def main(name: str, folder: Path, mode: str, *args: str) -> int:
    """Run a fuzzer; the exit code."""
    logging.disable(logging.CRITICAL)
    if mode == "atheris":
        return _guided(name, folder, float(args[0]), int(args[1]))
    from tests.fuzz.targets import target_of

    target = target_of(name)
    if mode == "replay":
        print(target.checked(Path(args[0]).read_bytes()))
        return 0
    found: list[Path] = []

    def keep(data: bytes, error: BaseException) -> None:
        found.append(_kept(name, folder, data))
        traceback.print_exception(error)

    seed = int(args[1]) or random.SystemRandom().getrandbits(32)
    count = fuzz(target, float(args[0]), seed, keep)
    print(f"{name}: {count} inputs, seed {seed}", flush=True)
    return 1 if found else 0


def _kept(name: str, folder: Path, data: bytes) -> Path:
    """Write down an input that was a finding."""
    path = folder / f"crash-{hashlib.sha1(data, usedforsecurity=False).hexdigest()[:16]}"
    path.write_bytes(data)
    print(f"{name}: {path}", flush=True)
    return path


def _guided(name: str, folder: Path, seconds: float, seed: int) -> int:
    import atheris

    with atheris.instrument_imports(include=["engine"]):
        from tests.fuzz.targets import target_of

        target = target_of(name)
    count = 0

    def one(data: bytes) -> None:
        nonlocal count
        count += 1
        try:
            if count % COUNT_EVERY:
                target.run(data)
            else:
                target.checked(data)
        except BaseException:
            _kept(name, folder, data)  # libFuzzer does so too, but not always gets to it
            raise

    dictionary = folder / "tokens.dict"
    dictionary.write_text(_dictionary(target))
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={max(1, int(seconds))}",
            f"-timeout={CPU_SECONDS * 2}",
            "-rss_limit_mb=1024",
            f"-max_len={LONGEST}",
            f"-artifact_prefix={folder}/",
            f"-dict={dictionary}",
            f"-seed={seed}",
            "-print_final_stats=1",
            "-verbosity=0",
            str(folder / "corpus"),
            *sorted({str(path.parent) for path in target.seeds}),
        ],
        one,
    )
    atheris.Fuzz()
    return 0


def _dictionary(target: Target) -> str:
    lines = []
    for token in target.tokens:
        escaped = "".join(
            chr(code) if 32 <= code < 127 and code not in (34, 92) else f"\\x{code:02x}" for code in token
        )
        lines.append(f'"{escaped}"')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
