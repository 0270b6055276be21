import re

import pytest

from engine.values.java_regex import compile_java_regex
from engine.values.java_replacement import compile_java_replacement


@pytest.mark.parametrize(
    ("pattern", "replacement", "text", "result"),
    [
        ("b", "x", "abc", "axc"),
        ("(a)(b)", "$2$1", "ab", "ba"),
        ("(a)", "$11", "a", "a1"),
        ("(?<n>a)", "<${n}>", "a", "<a>"),
        ("a", r"\$1\\", "a", "$1\\"),
        ("(a)|(b)", "[$1$2]", "ab", "[a][b]"),
        ("a", "$0$0", "ba", "baa"),
    ],
)
def test_replacements_mean_what_they_mean_in_java(pattern: str, replacement: str, text: str, result: str) -> None:
    compiled = compile_java_regex(pattern)
    assert compiled.sub(compile_java_replacement(replacement, compiled), text) == result


@pytest.mark.parametrize(
    ("replacement", "reason"),
    [("$2", "no group 2"), ("${x}", "no group named 'x'"), ("a$", "'$' at 2"), ("\\", "needs a")],
)
def test_a_bad_replacement_says_why(replacement: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        compile_java_replacement(replacement, re.compile("(a)"))
