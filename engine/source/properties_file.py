"""Java .properties files: `key = value` lines, comments, escapes and continued lines."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)
_PLAIN = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_KEY_END = re.compile(r"(?<!\\)(?:\\\\)*[=:\s]")


def parse_properties(text: str) -> dict[str, str]:
    """The keys and values of a file; of a key given twice the last counts."""
    result: dict[str, str] = {}
    for line in _logical_lines(text):
        end = _KEY_END.search(line)
        key, rest = (line, "") if end is None else (line[: end.end() - 1], line[end.end() - 1 :])
        result[_plain(key)] = _plain(re.sub(r"\A\s*[=:]?\s*", "", rest))
    return result


def format_properties(values: dict[str, str]) -> str:
    """The same the other way round."""
    return "".join(f"{_escaped(key, key=True)}={_escaped(value, key=False)}\n" for key, value in values.items())


def _logical_lines(text: str) -> list[str]:
    lines: list[str] = []
    pending = ""
    for raw in text.splitlines():
        line = raw.lstrip()
        if not pending and (not line or line[0] in "#!"):
            continue
        line = pending + line
        if len(line) - len(line.rstrip("\\")) & 1:
            pending = line[:-1]
            continue
        pending = ""
        lines.append(line)
    return [*lines, pending] if pending else lines


def _plain(text: str) -> str:
    return _ESCAPE.sub(
        lambda match: chr(int(match.group(1), 16)) if match.group(1) else _PLAIN.get(match.group(2), match.group(2)),
        text,
    )


def _escaped(text: str, *, key: bool) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if key:
        return re.sub(r"([=: #!])", r"\\\1", text)
    return "\\" + text if text[:1] == " " else text
