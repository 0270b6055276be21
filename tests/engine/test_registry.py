from __future__ import annotations

import random
from difflib import get_close_matches

import pytest

from engine.registry import nearest


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Endpoint", "endpoint"), ("endpiont", "endpoint"), ("sequense", "sequence"), ("zzz", None), ("", None)],
)
def test_a_slip_of_the_pen_finds_the_name_that_was_meant(name: str, expected: str | None) -> None:
    assert nearest(name, ["endpoint", "sequence", "template"]) == expected


def test_of_names_that_are_much_alike_the_best_is_found() -> None:
    draw = random.Random(7)
    for _ in range(200):
        names = ["".join(draw.choices("abcO1", k=draw.randint(1, 7))) for _ in range(20)]
        name = "".join(draw.choices("abcO1", k=5))
        if name.lower() not in {each.lower() for each in names}:
            assert nearest(name, names) == next(iter(get_close_matches(name, names, n=1, cutoff=0.6)), None)
