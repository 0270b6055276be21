"""Secrets that local entries hold, such as the client secret of a connection: known, so that they are never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.artifacts.local_entry import LocalEntry
from engine.observe.redaction import Redactor
from engine.source.document import local_name


def entry_secrets(entries: Mapping[str, LocalEntry], redactor: Redactor) -> Iterator[str]:
    """The texts of all elements and attributes whose names say that they are secret; expressions are none."""
    for entry in entries.values():
        if entry.element is None:
            continue
        for element in entry.element.iter(etree.Element):
            text = (element.text or "").strip()
            name = element.get("name") or local_name(element)
            if text and redactor.is_secret(name) and not text.startswith(("{", "$")):
                yield text
            for attribute, value in element.attrib.items():
                if redactor.is_secret(str(attribute)) and not str(value).startswith(("{", "$")):
                    yield str(value)
