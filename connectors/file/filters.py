"""Which files of a folder an operation takes: patterns, include and exclude lists, age."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable

from connectors.file.errors import invalid
from engine.mediators.connector import parameter
from engine.records import dataclass
from engine.values.java_regex import compile_java_regex

_AGE = re.compile(r"(\d+)\s*([smhd]?)", re.IGNORECASE)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, kw_only=True)  # no slots: it is mixed into others
class Filters:
    """Parameters that choose among the files of a folder."""

    filter_type: str = parameter(
        "fileFilterType",
        "how includeFiles and excludeFiles are written",
        kind="choice",
        default="regex",
        choices=("ant", "regex"),
        fold=True,
    )
    include_files: str | None = parameter("includeFiles", "comma separated patterns of files to take", default=None)
    exclude_files: str | None = parameter("excludeFiles", "comma separated patterns of files to leave", default=None)
    max_file_age: str | None = parameter("maxFileAge", "older files are left: 30m, 2h, 7d", default=None)


@dataclass(frozen=True, slots=True)
class Selection:
    """The compiled filters of one call."""

    tests: tuple[Callable[[str], bool], ...]
    excluded: tuple[Callable[[str], bool], ...]
    not_before: float | None

    def takes(self, path: str, name: str) -> bool:
        """Whether this file is taken; `name` is what patterns see. Blocks only when there is an age limit."""
        if not all(test(name) for test in self.tests) or any(test(name) for test in self.excluded):
            return False
        return self.not_before is None or os.stat(path).st_mtime >= self.not_before


def selection(filters: Filters | None, pattern: re.Pattern[str] | None) -> Selection:
    """The filters of an operation with its own pattern. Raises FileFault for what cannot be understood."""
    tests: list[Callable[[str], bool]] = []
    if pattern is not None:
        tests.append(_whole(pattern))
    excluded: tuple[Callable[[str], bool], ...] = ()
    not_before = None
    if filters is not None:
        ant = filters.filter_type == "ant"
        if filters.include_files:
            wanted = _compiled(filters.include_files, ant)
            tests.append(lambda name: any(test(name) for test in wanted))
        if filters.exclude_files:
            excluded = _compiled(filters.exclude_files, ant)
        if filters.max_file_age:
            not_before = time.time() - _age(filters.max_file_age)
    return Selection(tuple(tests), excluded, not_before)


def _compiled(texts: str, ant: bool) -> tuple[Callable[[str], bool], ...]:
    compiled = []
    for text in texts.split(","):
        stripped = text.strip()
        if not stripped:
            continue
        try:
            compiled.append(_whole(_ant(stripped) if ant else compile_java_regex(stripped)))
        except ValueError as error:
            raise invalid(f"{stripped!r} is no pattern: {error}") from error
    return tuple(compiled)


def _whole(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda name: pattern.fullmatch(name) is not None


def _ant(text: str) -> re.Pattern[str]:
    """`*` within a name, `**` across folders, `?` one character."""
    result = ""
    for part in re.split(r"(\*\*/?|\*|\?)", text):
        if part.startswith("**"):
            result += "(?:.*/)?" if part.endswith("/") else ".*"
        elif part == "*":
            result += "[^/]*"
        elif part == "?":
            result += "[^/]"
        else:
            result += re.escape(part)
    return re.compile(result)


def _age(text: str) -> float:
    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise invalid(f"maxFileAge is {text!r}, which is no age such as 30m, 2h or 7d")
    return int(found[1]) * _SECONDS[found[2].lower()]
