"""What is wrong with a set of artifacts: problems with their place, cause and way out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import Enum

from engine.records import dataclass


class Severity(Enum):
    """How much a problem matters: an error keeps its artifact from being deployed."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `line` and `column` count from 1; 0 means unknown. `code` is stable across releases."""

    code: str
    severity: Severity
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    artifact: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = self.file + (f":{self.line}" if self.line else "") + (f":{self.column}" if self.column else "")
        where = f" [{self.artifact}]" if self.artifact else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {self.severity.value} {self.code}: {self.message}{hint}{where}"

    def as_json(self) -> dict[str, str | int]:
        """The problem as the JSON object that `synflow lint --json` prints."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "hint": self.hint,
            "artifact": self.artifact,
        }


class Problems:
    """Collects every problem of a run; never stops at the first."""

    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items: dict[Problem, None] = {}

    def add(self, problem: Problem) -> None:
        """Remember one problem; the same one twice counts once."""
        self._items[problem] = None

    def extend(self, problems: Iterable[Problem]) -> None:
        """Remember several."""
        for problem in problems:
            self.add(problem)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def errors(self) -> list[Problem]:
        """Only those that keep an artifact from being deployed."""
        return [problem for problem in self._items if problem.severity is Severity.ERROR]

    def sorted(self) -> list[Problem]:
        """All of them by file, line and column."""
        return sorted(self._items, key=lambda p: (p.file, p.line, p.column, p.code))


def to_json(problems: Iterable[Problem], files: int) -> str:
    """The JSON document of `synflow lint --json`."""
    return json.dumps({"problems": [p.as_json() for p in problems], "files": files}, ensure_ascii=False, indent=2)
