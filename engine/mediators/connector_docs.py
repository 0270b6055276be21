"""The option tables of connectors' READMEs, made from the declarations.

    python -m engine.mediators.connector_docs connectors/file/README.md ...

writes the tables between the markers of these files.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.mediators.connector_declaration import CONNECTIONS, OPERATIONS, ParameterSpec, specs_of
from engine.mediators.connector_search import load_connector, operations_of

BEGIN = "<!-- options: made from the code by `python -m engine.mediators.connector_docs` -->"
END = "<!-- /options -->"


def option_tables(connector: str) -> str:
    """Markdown for the connection and every operation of a connector."""
    load_connector(connector)
    parts = []
    link = CONNECTIONS.get(connector)
    if link is not None:
        parts.append(_section(f"{connector}.init", link))
    for tag in sorted(operations_of(connector)):
        cls = OPERATIONS.get(tag)
        assert cls is not None
        parts.append(_section(tag, cls))
    return "\n".join(parts)


def updated(text: str, connector: str) -> str:
    """A README with its tables made anew. Raises ValueError when the markers are missing."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README of {connector} has no lines {BEGIN!r} and {END!r}")
    return f"{head}{BEGIN}\n\n{option_tables(connector)}\n{END}{tail}"


def _section(tag: str, cls: type[Any]) -> str:
    lines = [f"### `<{tag}>`", "", " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split()), ""]
    listed = [spec for spec in specs_of(cls).values() if not spec.ignored]
    if listed:
        lines += ["| child element | value | default | meaning |", "|---|---|---|---|"]
        lines += [_row(spec) for spec in sorted(listed, key=lambda spec: not spec.required)]
        lines.append("")
    ignored = sorted(spec.name for spec in specs_of(cls).values() if spec.ignored)
    if ignored:
        lines += ["Accepted and not needed here: " + ", ".join(f"`{name}`" for name in ignored) + ".", ""]
    return "\n".join(lines)


def _row(spec: ParameterSpec) -> str:
    kinds = {
        "pattern": "regular expression",
        "flag": "true or false",
        "integer": "whole number",
        "object": "text, node or JSON",
        "path": "path",
        "text": "text",
    }
    value = " / ".join(spec.choices) if spec.kind == "choice" else kinds[spec.kind]
    if spec.required:
        default = "**required**"
    elif spec.default is None or spec.default == "":
        default = ""
    else:
        default = str(spec.default).lower() if isinstance(spec.default, bool) else str(spec.default)
    return f"| `{spec.name}` | {value} | {default} | {spec.doc} |"


def main(arguments: Sequence[str]) -> None:
    """Write the tables of these READMEs; the folder of each is named as its connector."""
    for each in arguments:
        path = Path(each)
        path.write_text(updated(path.read_text("utf-8"), path.resolve().parent.name), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
