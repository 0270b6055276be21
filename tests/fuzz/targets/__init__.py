"""The fuzzers by name."""

from __future__ import annotations

from importlib import import_module

from tests.fuzz.target import Target

_HOMES = {
    "listener_head": "http",
    "request_body": "http",
    "reply": "http",
    "uri_template": "templates",
    "url_template": "templates",
    "csv": "bodies",
    "content_type": "bodies",
    "multipart": "bodies",
    "xml": "xml",
    "deployed_xml": "xml",
    "json": "json",
    "sliced_json": "json",
    "skimmed_json": "json",
    "jsonpath": "expressions",
    "xpath": "expressions",
    "synapse_expression": "expressions",
}
NAMES = tuple(_HOMES)


def target_of(name: str) -> Target:
    """The fuzzer of this name; imports only what it needs."""
    module = import_module(f"tests.fuzz.targets.{_HOMES[name]}")
    found = getattr(module, name.upper())
    assert isinstance(found, Target)
    return found
