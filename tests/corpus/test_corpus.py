"""Real artifacts: those that the reference engine loads load here, and what it refuses is refused with its place.

The folder is named by SYNFLOW_CORPUS: artifacts by kind, and `reference_verdicts.tsv` with the reference engine's word.
`known_failures.txt` lists what is not right yet; it may only shrink.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.diagnostics import Problem, Severity
from engine.runtime.units import compile_unit

CORPUS = os.environ.get("SYNFLOW_CORPUS", "")
KNOWN = Path(__file__).with_name("known_failures.txt")
LIMIT = 1 << 24

needs_corpus = pytest.mark.skipif(not CORPUS, reason="SYNFLOW_CORPUS names no folder of artifacts")


def known() -> set[str]:
    lines = KNOWN.read_text("utf-8").splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def problems_of(file: str) -> tuple[Problem, ...]:
    data = (Path(CORPUS) / file).read_bytes()
    return compile_unit(file, data, max_file_bytes=LIMIT, max_archive_bytes=LIMIT).problems


def verdicts(*wanted: str) -> Iterator[str]:
    with (Path(CORPUS) / "reference_verdicts.tsv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened, delimiter="\t"):
            if row["reference"] in wanted:
                yield row["path"]


def errors(problems: tuple[Problem, ...]) -> list[Problem]:
    return [problem for problem in problems if problem.severity is Severity.ERROR]


@needs_corpus
def test_what_the_reference_engine_loads_loads_here() -> None:
    failing = {file for file in verdicts("loads") if errors(problems_of(file))}
    assert failing == known(), "fix what is new; take out of known_failures.txt what loads now"


@needs_corpus
def test_every_problem_has_its_place_and_nothing_fails_unexpectedly() -> None:
    for file in verdicts("loads", "loads-if", "rejects", "n/a"):
        for problem in problems_of(file):
            assert problem.code != "SYN099", str(problem)
            assert problem.file == file, str(problem)
            assert min(problem.line, problem.column) > 0, str(problem)
            assert problem.message, str(problem)


@needs_corpus
def test_malformed_files_are_refused_with_line_and_column() -> None:
    loads = set(verdicts("loads"))
    for place in sorted((Path(CORPUS) / "malformed").glob("*.xml")):
        file = f"malformed/{place.name}"
        found = errors(problems_of(file))
        if file in loads or place.name.startswith("rule"):
            continue  # one that the reference engine loads; two that only some parsers refuse
        assert found, file
        assert min(found[0].line, found[0].column) > 0, file
