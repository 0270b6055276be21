"""Rows of the report: a measured figure, what it is held against, and the verdict."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one goal. `floor`, `goal` and `record` are bounds of `value`; None: the goal says nothing."""

    number: int
    scenario: str
    figure: str
    value: float | None
    floor: float | None = None
    goal: float | None = None
    record: float | None = None
    less_is_better: bool = False
    note: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    def reaches(self, bound: float | None) -> bool:
        """Whether the value keeps this bound; an absent bound is kept."""
        if bound is None or self.value is None:
            return bound is None
        return self.value <= bound if self.less_is_better else self.value >= bound

    @property
    def verdict(self) -> str:
        """In one or two words."""
        if self.value is None:
            return "no result"
        if self.floor is None and self.goal is None and self.record is None:
            return "-"
        if self.record is not None and self.reaches(self.record) and self.reaches(self.goal):
            return "record"
        if self.goal is not None and self.reaches(self.goal):
            return "goal"
        if not self.reaches(self.floor):
            return "BELOW FLOOR"
        return "floor" if self.goal is not None else "below record"


def skipped(number: int, scenario: str, why: str) -> Row:
    """A row that says why there is no figure."""
    return Row(number, scenario, "", None, note=why)


def ratio(value: float, base: float) -> float | None:
    """`value / base`, None when there is no base."""
    return value / base if base else None


def bound(row: Row, value: float | None) -> str:
    """A bound as text."""
    if value is None:
        return ""
    return ("≤ " if row.less_is_better else "≥ ") + number_text(value)


def number_text(value: float | None) -> str:
    """Three significant digits, whole from 100 on."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| # | scenario | figure | value | floor | goal | record | verdict |",
        "|---|---|---|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        verdict = row.note if row.value is None else row.verdict + (f" ({row.note})" if row.note else "")
        lines.append(
            f"| {row.number} | {row.scenario} | {row.figure} | {number_text(row.value)} | {bound(row, row.floor)} | "
            f"{bound(row, row.goal)} | {bound(row, row.record)} | {verdict} |"
        )
    return "\n".join(lines)


def details(rows: Iterable[Row]) -> str:
    """The absolute figures behind the ratios, one line a participant."""
    lines = []
    for row in rows:
        for who, figures in row.detail.items():
            shown = ", ".join(f"{name} {number_text(value)}" for name, value in figures.items())
            lines.append(f"  {row.number:>2} {row.scenario:<44} {who:<10} {shown}")
    return "\n".join(lines)


def store(path: Path, rows: Iterable[Row], versions: dict[str, str]) -> None:
    """Write rows and versions as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"versions": versions, "rows": [{**asdict(row), "verdict": row.verdict} for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n")


def compare(path: Path, rows: Iterable[Row]) -> str:
    """What became better or worse by more than a tenth since a stored run."""
    stored = json.loads(path.read_text())
    before = {(each["number"], each["scenario"], each["figure"]): each["value"] for each in stored["rows"]}
    lines = []
    for row in rows:
        earlier = before.get((row.number, row.scenario, row.figure))
        if not earlier or row.value is None:
            continue
        change = row.value / earlier - 1
        if abs(change) > 0.1:
            better = (change < 0) == row.less_is_better
            lines.append(
                f"  {'better' if better else 'WORSE '} {row.number:>2} {row.scenario} {row.figure}: "
                f"{number_text(earlier)} -> {number_text(row.value)} ({change:+.0%})"
            )
    commit = stored["versions"].get("commit", "?")
    return "\n".join([f"since {commit}:", *(lines or ["  nothing moved by more than a tenth"])])
