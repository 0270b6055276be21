"""The part of a long text that an error is about."""

from __future__ import annotations

_WIDTH = 80


def excerpt(text: str, position: int) -> str:
    """The text as Python writes it, cut to the surroundings of a position when it is long."""
    if len(text) <= _WIDTH:
        return repr(text)
    start = max(0, min(position - _WIDTH // 2, len(text) - _WIDTH))
    end = start + _WIDTH
    return f"{'...' if start else ''}{text[start:end]!r}{'...' if end < len(text) else ''}"
