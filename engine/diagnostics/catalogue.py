"""The catalogue of problem codes: what each means, with an example of it and of its cure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SYNAPSE = "http://ws.apache.org/ns/synapse"
_ARTIFACTS = (
    "api",
    "proxy",
    "sequence",
    "endpoint",
    "localEntry",
    "template",
    "task",
    "messageStore",
    "messageProcessor",
    "inboundEndpoint",
    "definitions",
    "sequenec",
)


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `wrong` is XML that gives it, `right` the same without it; both "" where a file cannot show it."""

    name: str
    title: str
    what: str
    wrong: str = ""
    right: str = ""
    beside: str = ""
    raw: bool = False

    def file(self, example: str) -> str:
        """An example as the text of a file."""
        return example if self.raw else as_artifact(example)


@cache
def catalogue() -> dict[str, Code]:
    """All codes by name."""
    text = files("engine.diagnostics").joinpath("codes.toml").read_text("utf-8")
    return {name: Code(name, **entry) for name, entry in tomllib.loads(text).items()}


def as_artifact(example: str) -> str:
    """A fragment inside a sequence; an artifact with its namespace. A `<sequence key=...>` is a fragment."""
    name = example[1:].split(" ", 1)[0].split("/", 1)[0].split(">", 1)[0]
    if name in _ARTIFACTS and not example.startswith("<sequence key"):
        return f'<{name} xmlns="{SYNAPSE}"{example[1 + len(name) :]}'
    return f'<sequence xmlns="{SYNAPSE}" name="example">{example}</sequence>'


def as_page() -> str:
    """The catalogue as a page for people."""
    lines = [
        "# Codes of problems",
        "",
        "What `synflow lint`, `synflow run` and the management port report, by code. Generated from "
        "`engine/diagnostics/codes.toml` by `python -m engine.diagnostics`; the tests run every example.",
    ]
    for code in catalogue().values():
        lines += ["", f"## {code.name} {code.title}", "", code.what]
        if code.wrong:
            lines += ["", "```xml", f"<!-- wrong -->\n{code.wrong}", f"<!-- right -->\n{code.right}", "```"]
        if code.beside:
            lines += ["", "Beside it:", "", "```xml", code.beside, "```"]
    return "\n".join(lines) + "\n"


def explained(name: str) -> str | None:
    """One code for the terminal; None when there is no such code."""
    code = catalogue().get(name.upper())
    if code is None:
        return None
    parts = [f"{code.name} {code.title}", "", code.what]
    if code.wrong:
        parts += ["", "wrong:  " + code.wrong, "right:  " + code.right]
    if code.beside:
        parts.append("beside: " + code.beside)
    return "\n".join(parts)
