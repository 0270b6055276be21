"""Named components: mediators, endpoint kinds, builders, formatters, connector operations."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Generic, TypeVar

T = TypeVar("T")

_ALIKE = 0.6
"""How much of two names must be the same for one to be taken for the other."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a slip of the pen most likely meant, or None when nothing is near."""
    names = list(known)
    by_case = {candidate.lower(): candidate for candidate in names}
    if name.lower() in by_case:
        return by_case[name.lower()]
    return _most_alike(name, names)


def _most_alike(name: str, names: list[str]) -> str | None:
    """What `difflib.get_close_matches` finds first, without comparing in full what cannot be better than the best."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher()
    matcher.set_seq2(name)
    best: tuple[float, str] = (_ALIKE, "")
    for candidate in names:
        matcher.set_seq1(candidate)
        if matcher.real_quick_ratio() >= best[0] and matcher.quick_ratio() >= best[0]:
            best = max(best, (matcher.ratio(), candidate))
    return best[1] or None


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
