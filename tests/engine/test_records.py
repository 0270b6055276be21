from __future__ import annotations

import dataclasses
from dataclasses import field

import pytest

from engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A point."""

    x: int
    y: int = 0
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)


@dataclass(slots=True)
class Loose:
    """Not frozen."""

    x: int


def test_equal_values_are_equal_and_hash_alike() -> None:
    assert Point(1) == Point(1, note="other")
    assert hash(Point(1)) == hash(Point(1))
    assert Point(1) != Point(2)
    assert Point(1) != Loose(1)


def test_text_leaves_out_what_is_not_to_be_shown() -> None:
    assert repr(Point(1, secret="s")) == "Point(x=1, y=0, note='')"


def test_the_functions_of_dataclasses_take_them() -> None:
    assert [each.name for each in dataclasses.fields(Point)] == ["x", "y", "secret", "note"]
    assert dataclasses.replace(Point(1), y=5) == Point(1, 5)


def test_what_is_not_frozen_has_no_hash() -> None:
    assert Loose.__hash__ is None


@dataclass(frozen=True)
class Open:
    """Frozen, without slots."""

    x: int = 1


def test_what_is_frozen_refuses_changes() -> None:
    for made in (Point(1), Open()):
        with pytest.raises(dataclasses.FrozenInstanceError):
            made.x = 2  # type: ignore[misc]
        with pytest.raises(dataclasses.FrozenInstanceError):
            del made.x  # type: ignore[misc]
        assert made.x == 1
    loose = Loose(1)
    loose.x = 2
    assert loose == Loose(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Frozen, its fields given by name, one of them worked out."""

    x: int
    held: list[int] = field(default_factory=list)
    double: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.x)


def test_fields_of_a_frozen_one_are_filled_as_they_are_declared() -> None:
    assert (Named(x=2).held, Named(x=2).double) == ([], 4)
    assert Named(x=1).held is not Named(x=1).held
    assert Named(x=1, held=[3]).held == [3]


def test_what_is_missing_or_unknown_is_refused() -> None:
    for wrong in ({}, {"x": 1, "y": 2}):
        with pytest.raises(TypeError):
            Named(**wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Named(1)  # type: ignore[misc]
