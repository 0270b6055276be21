"""Mistakes planted one at a time in a sound project: lint names each on its line.

The folder is named by SYNFLOW_LINT_CASES: `base/` is the project, `mistakes.jsonl` has the mistakes.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from engine.diagnostics import Problem, Severity
from engine.runtime.deployer import Deployer

CASES = os.environ.get("SYNFLOW_LINT_CASES", "")
LEAST = 0.99
REFUSED_TOO = 0.98

pytestmark = pytest.mark.skipif(not CASES, reason="SYNFLOW_LINT_CASES names no folder of planted mistakes")

Key = tuple[str, str, str]


def key(problem: Problem) -> Key:
    return Path(problem.file).name, problem.code, problem.message


def lint(folder: Path) -> list[Problem]:
    return list(Deployer((str(folder),), quiet=True).load().problems)


def plant(edits: list[Any], text: str) -> tuple[str, set[int]]:
    """The text with one mistake, and the lines that hold it."""
    lines = text.splitlines()
    touched: set[int] = set()
    for first, past, new in sorted(edits, reverse=True):
        lines[first - 1 : past - 1] = new
    shift = 0
    for first, past, new in sorted(edits):
        touched |= set(range(first + shift, first + shift + max(1, len(new))))
        shift += len(new) - (past - first)
    return "\n".join(lines) + "\n", touched


def found_at(problems: list[Problem], sound: set[Key], name: str, touched: set[int]) -> list[Problem]:
    return [
        problem
        for problem in problems
        if key(problem) not in sound
        and Path(problem.file).name == name
        and any(abs(problem.line - line) <= 1 for line in touched)
    ]


def test_sound_project_has_no_errors() -> None:
    assert [str(each) for each in lint(Path(CASES) / "base") if each.severity is Severity.ERROR] == []


def test_mistakes_are_found_on_their_line_with_the_right_weight(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(Path(CASES) / "base", folder)
    sound = {key(problem) for problem in lint(folder)}
    mistakes = [json.loads(line) for line in (Path(CASES) / "mistakes.jsonl").read_text("utf-8").splitlines()]
    missed, light, refused = [], [], 0
    for mistake in mistakes:
        target = folder / f"{mistake['base']}.xml"
        before = target.read_text("utf-8")
        text, touched = plant(mistake["edits"], before)
        target.write_text(text, "utf-8")
        found = found_at(lint(folder), sound, target.name, touched)
        target.write_text(before, "utf-8")
        if not found:
            missed.append(f"{mistake['id']} {mistake['kind']}: {mistake['detail']}")
        if mistake["reference"] == "rejected at deploy":
            refused += 1
            if not any(problem.severity is Severity.ERROR for problem in found):
                light.append(f"{mistake['id']} {mistake['kind']}: {mistake['detail']}")
    assert len(missed) <= len(mistakes) * (1 - LEAST), missed
    assert len(light) <= refused * (1 - REFUSED_TOO), light
