"""Dataclasses that are quick to define: a start defines a hundred of them before the first request can be answered.

`dataclass` takes the arguments of `dataclasses.dataclass` and gives classes that `fields` and `replace` take.
What differs: comparison, hash, text and the refusal of changes are shared functions instead of code generated for each
class (a frozen class costs a quarter of what it costs there). A frozen one is filled by `__init__` alone.
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
            made = dataclasses.dataclass(init=not frozen, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            if "__repr__" not in own:
                made.__repr__ = _text
            if eq and "__eq__" not in own:
                made.__eq__ = _equal
                if own.get("__hash__") is None:
                    made.__hash__ = _hash if frozen else None
            if frozen:
                made.__init__ = _filling(made)
                made.__setattr__ = _refuse_change
                made.__delattr__ = _refuse
            return made

        return make if cls is None else make(cls)


def _filling(made: type) -> Callable[..., None]:
    """The `__init__` of a frozen class, which sets its fields past the refusal of changes."""
    ordered, named, lines = ["self"], ["*"], []
    scope: dict[str, Any] = {"set_field": object.__setattr__, "absent": object()}
    for field in dataclasses.fields(made):
        name, value = field.name, field.name
        parameter = name
        if field.default is not dataclasses.MISSING:
            scope[f"default_{name}"] = field.default
            parameter = f"{name}=default_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            scope[f"make_{name}"] = field.default_factory
            parameter, value = f"{name}=absent", f"make_{name}() if {name} is absent else {name}"
        if field.init:
            (named if field.kw_only else ordered).append(parameter)
            lines.append(f"set_field(self, {name!r}, {value})")
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join(ordered if len(named) == 1 else ordered + named)
    exec(f"def __init__({parameters}):\n  " + "\n  ".join(lines or ["pass"]), scope)
    made_function: Callable[..., None] = scope["__init__"]
    return made_function


def _refuse_change(self: Any, name: str, value: object) -> None:
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
