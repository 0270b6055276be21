"""The order in which files of a folder are given."""

from __future__ import annotations

import os
from collections.abc import Iterable

from engine.mediators.connector import parameter
from engine.records import dataclass


@dataclass(frozen=True, kw_only=True)  # no slots: it is mixed into others
class Sorted:
    """Parameters that say how files are sorted."""

    sort_by: str = parameter(
        "sortingAttribute",
        "what files are sorted by",
        kind="choice",
        default="Name",
        choices=("Name", "Size", "LastModifiedTime"),
        fold=True,
    )
    sort_order: str = parameter(
        "sortingOrder",
        "in which direction",
        kind="choice",
        default="Ascending",
        choices=("Ascending", "Descending"),
        fold=True,
    )

    def in_order(self, entries: Iterable[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
        """The entries in the order asked for; equal ones by name. Blocks."""
        by_name = sorted(entries, key=lambda entry: entry.name)
        backwards = self.sort_order == "Descending"
        if self.sort_by == "Size":
            return sorted(by_name, key=lambda entry: entry.stat().st_size, reverse=backwards)
        if self.sort_by == "LastModifiedTime":
            return sorted(by_name, key=lambda entry: entry.stat().st_mtime_ns, reverse=backwards)
        return by_name[::-1] if backwards else by_name
