"""Transport headers: one value a name, letter case free, with the repeated ones kept aside."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from engine.message.body import HeaderPairs

_LOOKS_BEFORE_INDEX = 4


class Headers:
    """The transport scope of a message.

    Built from the pairs of the wire, whose names are in lower case; as long as nothing asks for a name, nothing is
    indexed and `pairs` hands the received pairs on. The last of several equal names wins, the others are `excess` (as
    in passthru's EXCESS_TRANSPORT_HEADERS). A value may be any object, but only strings are written to the wire.
    """

    __slots__ = ("_excess", "_index", "_looked", "_pairs")

    def __init__(self, pairs: HeaderPairs | None = None) -> None:
        self._pairs: HeaderPairs | None = pairs if pairs is not None else []
        self._index: dict[str, tuple[str, object]] = {}
        self._looked = 0
        self._excess: dict[str, list[tuple[str, str]]] = {}

    def get(self, name: str) -> object | None:
        """The value of `name`, whatever its letter case; None when absent."""
        index = self._index
        if not index and self._pairs:
            if self._looked < _LOOKS_BEFORE_INDEX:
                return self._look(name)
            index = self._map()
        entry = index.get(name.lower())
        return None if entry is None else entry[1]

    def _look(self, name: str) -> str | None:
        """The value of `name` among the received pairs: for one or two names cheaper than an index."""
        self._looked += 1
        wanted = _wire_name(name)
        found = None
        for pair in self._pairs or ():
            if pair[0] == wanted:
                found = pair[1]
        return None if found is None else found.decode("latin-1")

    def text(self, name: str) -> str:
        """The value of `name` when it is a string, else ""."""
        value = self.get(name)
        return value if isinstance(value, str) else ""

    def set(self, name: str, value: object) -> None:
        """Replace `name`; its repeated values go too."""
        index = self._map()
        self._pairs = None
        index[name.lower()] = (name, value)
        self._excess.pop(name.lower(), None)

    def remove(self, name: str) -> None:
        """Remove `name`; absent is fine."""
        key = name.lower()
        if self._map().pop(key, None) is not None:
            self._pairs = None
        self._excess.pop(key, None)

    def clear(self) -> None:
        """Remove all headers."""
        self._pairs = None
        self._index = {}
        self._excess = {}

    def __contains__(self, name: str) -> bool:
        if not self._index and self._pairs and self._looked < _LOOKS_BEFORE_INDEX:
            return self._look(name) is not None
        return name.lower() in self._map()

    def __iter__(self) -> Iterator[tuple[str, object]]:
        return iter(list(self._map().values()))

    def __len__(self) -> int:
        return len(self._map())

    @property
    def excess(self) -> dict[str, list[tuple[str, str]]]:
        """Earlier values of repeated names, by lower-case name, in wire order."""
        self._map()
        return self._excess

    def copy(self) -> Headers:
        """An independent copy."""
        twin = Headers()
        twin._pairs = self._pairs
        twin._index = dict(self._index)
        twin._excess = {name: list(values) for name, values in self._excess.items()}
        return twin

    def pairs(self, drop: frozenset[bytes]) -> HeaderPairs:
        """The header fields for the wire, without the (lower-case) names in `drop` and without non-strings."""
        if self._pairs is not None:
            return [pair for pair in self._pairs if pair[0] not in drop]
        result: HeaderPairs = []
        for key, (name, value) in self._index.items():
            raw = key.encode("latin-1", "replace")
            if raw in drop or not isinstance(value, str):
                continue
            for spelling, earlier in self._excess.get(key, ()):
                result.append((spelling.encode("latin-1", "replace"), wire_value(earlier)))
            result.append((name.encode("latin-1", "replace"), wire_value(value)))
        return result

    def _map(self) -> dict[str, tuple[str, object]]:
        if self._pairs and not self._index:
            index = self._index
            for raw_name, raw_value in self._pairs:
                name = raw_name.decode("latin-1")
                value = raw_value.decode("latin-1")
                key = name.lower()
                if key in index:
                    spelling, earlier = index[key]
                    self._excess.setdefault(key, []).append((spelling, str(earlier)))
                index[key] = (name, value)
        return self._index


@lru_cache(maxsize=1024)
def _wire_name(name: str) -> bytes:
    return name.lower().encode("latin-1", "replace")


def wire_value(value: str) -> bytes:
    """A header value as bytes; line breaks cannot pass (they would start another header)."""
    if "\r" in value or "\n" in value or "\0" in value:
        value = value.replace("\r\n", " ").replace("\r", " ").replace("\n", " ").replace("\0", "")
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")
