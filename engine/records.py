"""Dataclasses that are quick to define: a start defines a hundred of them before the first request can be answered.

`dataclass` takes the arguments of `dataclasses.dataclass` and gives classes that `fields` and `replace` take.
What differs: comparison, hash, text and the refusal of changes are shared functions instead of code generated for each
class (a frozen class costs a quarter of what it costs there). A field of a frozen one is set once, by `__init__`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        cls: type[T] | None = None,
        /,
        *,
        frozen: bool = False,
        slots: bool = False,
        kw_only: bool = False,
        eq: bool = True,
    ) -> Any:
        """Make a dataclass of the class below."""

        def make(cls: type[T]) -> type[T]:
            own = cls.__dict__
            made = dataclasses.dataclass(repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            if "__repr__" not in own:
                made.__repr__ = _text
            if eq and "__eq__" not in own:
                made.__eq__ = _equal
                if own.get("__hash__") is None:
                    made.__hash__ = _hash if frozen else None
            if frozen:
                made.__setattr__ = _set_once
                made.__delattr__ = _refuse
            return made

        return make if cls is None else make(cls)


def _set_once(self: Any, name: str, value: object) -> None:
    held = self.__dict__ if hasattr(self, "__dict__") else None
    if name not in held if held is not None else not hasattr(self, name):
        object.__setattr__(self, name, value)
        return
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


Values = Callable[[Any], tuple[Any, ...]]


_readers: dict[type, Values] = {}


def _compared(cls: type) -> Values:
    """What reads the values of an instance that count in comparisons; made when two are compared for the first time."""
    found = _readers.get(cls)
    if found is None:
        names = tuple(field.name for field in dataclasses.fields(cls) if field.compare)
        found = _readers[cls] = lambda instance: tuple(getattr(instance, name) for name in names)
    return found


def _equal(self: Any, other: object) -> Any:
    if self is other:
        return True
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = _compared(type(self))
    return bool(values(self) == values(other))


def _hash(self: Any) -> int:
    return hash(_compared(type(self))(self))


def _text(self: Any) -> str:
    shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({shown})"
