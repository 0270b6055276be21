"""URL mappings of API resources, as in a servlet container: exact, by path prefix, by extension. Pure."""

from __future__ import annotations

from enum import Enum


class MappingKind(Enum):
    """How a mapping compares; a resource is chosen in this order."""

    EXACT = "exact"
    PREFIX = "prefix"
    EXTENSION = "extension"


class UrlMapping:
    """A compiled `url-mapping` (URLMappingHelper of the reference engine); compared without the query."""

    __slots__ = ("doubts", "kind", "segments", "text", "value")

    def __init__(self, text: str) -> None:
        self.text = text
        self.segments = 0
        if text.startswith("*."):
            self.kind = MappingKind.EXTENSION
            self.value = text[1:]
        elif text.endswith("/*"):
            self.kind = MappingKind.PREFIX
            self.value = text[:-2]
            # `/*` counts as one segment, like `/foo/*`: of two equally long ones the first written wins.
            self.segments = max(1, self.value.count("/"))
        else:
            self.kind = MappingKind.EXACT
            self.value = text.rstrip("/") or "/"
        self.doubts = tuple(self._doubts())

    def matches(self, path: str) -> bool:
        """Whether it matches a path that has no query (`""` is the bare context)."""
        if self.kind is MappingKind.EXACT:
            return (path.rstrip("/") or "/") == self.value
        if self.kind is MappingKind.EXTENSION:
            return path.endswith(self.value)
        return path.startswith(self.value) and path[len(self.value) : len(self.value) + 1] in ("", "/")

    def _doubts(self) -> list[str]:
        doubts = []
        if self.kind is not MappingKind.EXTENSION and not self.text.startswith("/"):
            doubts.append("it begins neither with / nor with *., so no request matches it")
        if "{" in self.text:
            doubts.append("braces are literal in a url-mapping; variables need uri-template")
        if "?" in self.text:
            doubts.append("a url-mapping is compared without the query, so no request matches it")
        return doubts

    def __repr__(self) -> str:
        return f"UrlMapping({self.text!r})"
