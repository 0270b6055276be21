"""Counters in the text format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Mapping

HELP: Mapping[str, tuple[str, str]] = {
    "synflow_up": ("gauge", "1 while the engine serves"),
    "synflow_ready": ("gauge", "1 when everything deployed serves as its files say"),
    "synflow_requests_total": ("counter", "requests taken in"),
    "synflow_connections": ("gauge", "client connections open now"),
    "synflow_backend_connections": ("gauge", "connections to back ends open now"),
    "synflow_tasks": ("gauge", "tasks of the event loop now"),
    "synflow_artifacts": ("gauge", "artifacts deployed"),
    "synflow_problems": ("gauge", "errors and warnings of the files as they are now"),
    "synflow_deployments_total": ("counter", "times that what serves was replaced"),
    "synflow_workers": ("gauge", "processes that serve"),
    "synflow_worker_restarts_total": ("counter", "crashed workers that were started again"),
}


def exposition(values: Mapping[str, float]) -> str:
    """The values as text, each with its help line."""
    lines = []
    for name, value in values.items():
        kind, text = HELP[name]
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {value:g}"]
    return "\n".join(lines) + "\n"
