"""An engine set up for being attacked: short patience with clients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.attack.flow import attacked_api
from tests.fakes.program import Program, running


@contextmanager
def attacked(folder: Path, **environment: str) -> Iterator[Program]:
    """The engine in `folder`."""
    (folder / "flows").mkdir()
    (folder / "flows/attacked.xml").write_text(attacked_api())
    limits = {
        "SYNFLOW_LISTENER_HEADER_TIMEOUT": "1",
        "SYNFLOW_LISTENER_BODY_TIMEOUT": "1",
        "SYNFLOW_LISTENER_WRITE_TIMEOUT": "2",
        "SYNFLOW_LISTENER_KEEP_ALIVE_TIMEOUT": "20",
        "SYNFLOW_LISTENER_MAX_CONNECTIONS": "11000",
    }
    with running(cwd=folder, **{**limits, **environment}) as program:
        program.until_ready()
        yield program
