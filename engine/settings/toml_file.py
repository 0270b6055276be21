"""A TOML file with the line of every key, and the placeholders that its texts may hold."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import ConfigError
from engine.records import dataclass

Table = dict[str, Any]

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*\.?""")
_PLACEHOLDER = re.compile(r"\$(env|file)\{([^{}]*)\}")
_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """The content of a file and where its keys stand."""

    file: str
    table: Table
    lines: Mapping[tuple[str, ...], int]

    def line(self, *key: str) -> int:
        """The line of a key, or of the nearest table around it; 0 when unknown."""
        while key:
            found = self.lines.get(key)
            if found is not None:
                return found
            key = key[:-1]
        return 0

    def error(self, message: str, *key: str) -> ConfigError:
        """An error that names this file and the key's line."""
        return ConfigError(message, file=self.file, line=self.line(*key))


def read_toml(path: Path) -> TomlFile:
    """Read a file. Raises ConfigError with file and line when it is not TOML."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8: {error.reason} at byte {error.start}", file=str(path), line=1) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror or error}", file=str(path)) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _LINE.search(message)
        line = int(place.group(1)) if place and place.group(1) else text.count("\n") + 1
        raise ConfigError(f"not valid TOML: {_LINE.sub('', message).strip()}", file=str(path), line=line) from error
    return TomlFile(str(path), table, key_lines(text))


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """The line of every table header and key of a TOML text. Keys inside inline tables count as their table."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    closing = ""
    depth = 0
    for number, line in enumerate(text.split("\n"), 1):
        if closing:
            if closing in line:
                closing = ""
            continue
        if depth > 0:
            depth += _brackets(line)
            continue
        header = _HEADER.match(line)
        if header:
            table = _parts(header.group(1))
            lines.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            lines.setdefault((*table, *_parts(key.group(1))), number)
            rest = line[key.end() :]
            for quotes in ('"""', "'''"):
                if rest.count(quotes) == 1:
                    closing = quotes
                    break
            else:
                depth = max(0, _brackets(rest))
    return lines


def _parts(key: str) -> tuple[str, ...]:
    return tuple(
        next(group for group in match.groups(default=None) if group is not None)
        for match in _PART.finditer(key)
        if match.group(0).strip(" .")
    )


def _brackets(text: str) -> int:
    plain = re.sub(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*", "", text)
    return plain.count("[") + plain.count("{") - plain.count("]") - plain.count("}")


class Placeholders:
    """Fills `$env{NAME}` and `$file{path}` in."""

    __slots__ = ("_environment", "_folder")

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder

    def fill(self, text: str) -> str:
        """`text` with its placeholders filled in. Raises ValueError naming what is missing."""
        if "$" not in text:
            return text
        return _PLACEHOLDER.sub(self._value, text)

    def _value(self, match: re.Match[str]) -> str:
        kind, name = match.group(1), match.group(2).strip()
        if kind == "env":
            value = self._environment.get(name)
            if value is None:
                raise ValueError(f"the environment variable {name!r} is not set")
        else:
            try:
                value = (self._folder / name).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"the file {name!r} cannot be read: {error}") from error
        return value
