import pytest

from engine.values.excerpt import excerpt


@pytest.mark.parametrize(
    ("text", "position", "shown"),
    [
        ("a'b", 1, '"a\'b"'),
        ("x" * 80, 3, repr("x" * 80)),
        ("a" * 50 + "b" * 50, 0, repr("a" * 50 + "b" * 30) + "..."),
        ("a" * 50 + "b" * 50, 100, "..." + repr("a" * 30 + "b" * 50)),
        ("a" * 100 + "b" * 100, 100, "..." + repr("a" * 40 + "b" * 40) + "..."),
    ],
)
def test_a_long_text_is_cut_to_the_surroundings_of_a_position(text: str, position: int, shown: str) -> None:
    assert excerpt(text, position) == shown
