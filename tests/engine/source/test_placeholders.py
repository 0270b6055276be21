from __future__ import annotations

import pytest

from engine.source.placeholders import filled


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$env{A}", "1"),
        ("http://$env{HOST:localhost}:$env{A}/x", "http://localhost:1/x"),
        ("$env{EMPTY:default}", "default"),
        ("$env{NONE:}", ""),
        ("$env{not a name}", "$env{not a name}"),
    ],
)
def test_placeholders_are_filled_from_the_environment(text: str, expected: str) -> None:
    assert filled(text, {"A": "1", "EMPTY": ""}) == expected


def test_an_unset_variable_without_default_is_named() -> None:
    with pytest.raises(ValueError, match="environment variable NONE is not set"):
        filled("$env{NONE}", {})
