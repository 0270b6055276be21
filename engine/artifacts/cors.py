"""Cross-origin rules: which origins may read the answers of an API. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.message.body import HeaderPairs


class CorsPolicy:
    """Allowed origins (exact, or patterns with `*`), and what a preflight is told.

    `methods` empty: the methods of the resource. With `credentials` the origin itself is named instead of `*`.
    """

    __slots__ = ("_any", "_exact", "_patterns", "credentials", "headers", "max_age", "methods")

    def __init__(
        self,
        origins: Iterable[str],
        *,
        methods: str = "",
        headers: str = "",
        credentials: bool = False,
        max_age: str = "",
    ) -> None:
        listed = [origin.strip() for origin in origins if origin.strip()]
        self._any = "*" in listed
        self._exact = frozenset(origin for origin in listed if "*" not in origin)
        self._patterns = tuple(
            re.compile(".*".join(re.escape(piece) for piece in origin.split("*")))
            for origin in listed
            if "*" in origin and origin != "*"
        )
        self.methods = methods
        self.headers = headers
        self.credentials = credentials
        self.max_age = max_age

    def __bool__(self) -> bool:
        """Whether any origin is allowed at all."""
        return self._any or bool(self._exact) or bool(self._patterns)

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin may read the answers."""
        return bool(origin) and (
            self._any or origin in self._exact or any(pattern.fullmatch(origin) for pattern in self._patterns)
        )

    def answer_headers(self, origin: str) -> HeaderPairs:
        """What every answer to this origin carries."""
        varies = not self._any or self.credentials
        if not self.allows(origin):
            return [(b"Vary", b"Origin")] if varies else []
        pairs = [(b"Access-Control-Allow-Origin", origin.encode("latin-1", "replace") if varies else b"*")]
        if self.credentials:
            pairs.append((b"Access-Control-Allow-Credentials", b"true"))
        if varies:
            pairs.append((b"Vary", b"Origin"))
        return pairs

    def preflight_headers(self, origin: str, methods: str) -> HeaderPairs:
        """What an answered OPTIONS to this origin carries; `methods` are those of the resource."""
        pairs = self.answer_headers(origin)
        if self.allows(origin):
            pairs.append((b"Access-Control-Allow-Methods", (self.methods or methods).encode("latin-1", "replace")))
            if self.headers:
                pairs.append((b"Access-Control-Allow-Headers", self.headers.encode("latin-1", "replace")))
            if self.max_age:
                pairs.append((b"Access-Control-Max-Age", self.max_age.encode("latin-1", "replace")))
        return pairs
