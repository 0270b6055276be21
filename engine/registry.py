"""Named components: mediators, endpoint kinds, builders, formatters, connector operations."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Generic, TypeVar

T = TypeVar("T")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a slip of the pen most likely meant, or None when nothing is near."""
    names = list(known)
    by_case = {candidate.lower(): candidate for candidate in names}
    if name.lower() in by_case:
        return by_case[name.lower()]
    from difflib import get_close_matches

    found = get_close_matches(name, names, n=1, cutoff=0.6)
    return found[0] if found else None


class Registry(Generic[T]):
    """Components by name. The process-wide ones are only a default: tests and embedders may build their own."""

    __slots__ = ("_items", "noun")

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._items: dict[str, T] = {}

    def add(self, name: str, item: T) -> None:
        """Register `item`; a second one under the same name is a programming error (ValueError)."""
        if name in self._items:
            raise ValueError(f"{self.noun} {name!r} is registered twice")
        self._items[name] = item

    def get(self, name: str) -> T | None:
        """The component called `name`, or None."""
        return self._items.get(name)

    def nearest(self, name: str) -> str | None:
        """The registered name most like `name`."""
        return nearest(name, self._items)

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def items(self) -> Iterable[tuple[str, T]]:
        """All names with their components, in order of registration."""
        return self._items.items()


def import_submodules(package: ModuleType) -> None:
    """Import every module of `package`, so that what they register is there."""
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not module.name.rpartition(".")[2].startswith("_"):
            importlib.import_module(module.name)
