"""Problems as SARIF 2.1.0, which code review tools show beside the lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from engine.diagnostics import Problem, Severity
from engine.diagnostics.catalogue import Code, catalogue

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def to_sarif(problems: Iterable[Problem]) -> str:
    """One run with one result for each problem."""
    listed = list(problems)
    codes = sorted({problem.code for problem in listed})
    known = catalogue()
    run = {
        "tool": {"driver": {"name": "synflow", "rules": [_rule(code, known.get(code)) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes) for problem in listed],
    }
    return json.dumps(
        {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]},
        ensure_ascii=False,
        indent=2,
    )


def _rule(name: str, code: Code | None) -> dict[str, Any]:
    if code is None:
        return {"id": name}
    return {"id": name, "shortDescription": {"text": code.title}, "fullDescription": {"text": code.what}}


def _result(problem: Problem, codes: list[str]) -> dict[str, Any]:
    text = problem.message + (f" ({problem.hint})" if problem.hint else "")
    place: dict[str, Any] = {"artifactLocation": {"uri": problem.file.replace("\\", "/")}}
    if problem.line:
        place["region"] = {"startLine": problem.line, "startColumn": max(problem.column, 1)}
    location: dict[str, Any] = {"physicalLocation": place}
    if problem.artifact:
        location["logicalLocations"] = [{"fullyQualifiedName": problem.artifact}]
    return {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": LEVELS[problem.severity],
        "message": {"text": text},
        "locations": [location],
    }
