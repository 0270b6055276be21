"""Where finished traces are kept: the last ones that were asked for, and those of the last faulted messages."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

from engine.records import dataclass

ASKED = 50
"""Traces kept of those that clients asked for."""


@dataclass(frozen=True, slots=True)
class KeptTrace:
    """A finished trace as JSON text, with its line for lists."""

    summary: Mapping[str, Any]
    text: bytes
    asked: bool
    faulted: bool

    @property
    def id(self) -> str:
        """How it is asked for."""
        return str(self.summary["id"])

    @classmethod
    def of(cls, summary: Mapping[str, Any], trace: Mapping[str, Any], *, asked: bool, faulted: bool) -> KeptTrace:
        """The trace turned into text."""
        text = json.dumps(trace, ensure_ascii=False).encode("utf-8", "backslashreplace")
        return cls(summary, text, asked, faulted)

    def as_json(self) -> dict[str, Any]:
        """For the way to another process."""
        return {"summary": self.summary, "text": self.text.decode(), "asked": self.asked, "faulted": self.faulted}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> KeptTrace:
        """What `as_json` gave, on the other side."""
        return cls(value["summary"], value["text"].encode(), value["asked"], value["faulted"])


class Shelf:
    """The last `count` traces, together at most `max_bytes` long; the oldest go first."""

    __slots__ = ("_count", "_kept", "_max_bytes", "size")

    def __init__(self, count: int, max_bytes: int) -> None:
        self._count = count
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, KeptTrace] = OrderedDict()
        self.size = 0

    def add(self, trace: KeptTrace) -> None:
        """Put a trace on the shelf; one that is longer than the whole shelf is not kept."""
        self._kept[trace.id] = trace
        self.size += len(trace.text)
        while len(self._kept) > self._count or self.size > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self.size -= len(oldest.text)

    def find(self, trace_id: str) -> KeptTrace | None:
        """The trace of this id, as long as it is kept."""
        return self._kept.get(trace_id)

    def __iter__(self) -> Iterator[KeptTrace]:
        return reversed(self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)


class KeptTraces:
    """What the management port shows of traces."""

    __slots__ = ("asked", "faults")

    def __init__(self, keep_faulted: int, max_bytes: int) -> None:
        self.asked = Shelf(ASKED, max_bytes)
        self.faults = Shelf(keep_faulted, max_bytes)

    def add(self, trace: KeptTrace) -> None:
        """Keep a finished trace where it belongs."""
        if trace.asked:
            self.asked.add(trace)
        if trace.faulted:
            self.faults.add(trace)

    def find(self, trace_id: str) -> bytes | None:
        """The JSON text of a trace."""
        kept = self.asked.find(trace_id) or self.faults.find(trace_id)
        return None if kept is None else kept.text
