"""Which request the code is working for right now, for whoever writes about it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol


class Working(Protocol):
    """What a log line says about the request it belongs to."""

    correlation_id: str
    entry: str


working_for: ContextVar[Working | None] = ContextVar("working_for", default=None)
"""Set by the data plane for each request; tasks started for it inherit it."""
