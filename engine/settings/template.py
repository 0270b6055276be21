"""Writes `conf/synflow.toml`: every setting commented out with its default and its explanation.

`python -m engine.settings.template > conf/synflow.toml` after a change of the settings; a test compares the two.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from typing import Any

from engine.settings.model import SECTIONS, Settings

_HEAD = """\
# Settings of synflow. Every line is the default: remove the # in front of one to change it.
#
# A text may hold $env{NAME} (an environment variable) and $file{path} (the content of a file, relative to this folder).
# SYNFLOW_<TABLE>_<SETTING> in the environment, such as SYNFLOW_LISTENER_PORT=8300, wins over this file, and the options
# of the command line win over both. A name that does not exist here is an error.
"""


def default_file() -> str:
    """The text of `conf/synflow.toml`."""
    return _HEAD + "".join(line + "\n" for section in SECTIONS for line in _section(section))


def _section(section: str) -> Iterator[str]:
    settings = getattr(Settings(), section)
    doc = (type(settings).__doc__ or "").strip()
    yield ""
    yield f"# {doc}"
    yield f"[{section}]"
    tables = []
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, dict):
            tables.append((field, value))
            continue
        yield f"# {field.metadata['doc']}"
        yield f"# {field.name} = {_value(value)}"
    for field, value in tables:
        yield ""
        yield f"# {field.metadata['doc']}"
        yield f"[{section}.{field.name}]"
        for key, item in value.items():
            yield f"# {json.dumps(key)} = {_value(item)}"


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, float):
        return f"{value:g}" if value != int(value) else f"{value:.1f}"
    return json.dumps(value)


if __name__ == "__main__":
    sys.stdout.write(default_file())
