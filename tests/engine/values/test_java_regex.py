import re

import pytest

from engine.values.java_regex import JavaRegexError, compile_java_regex

MATCHES = [
    (r"a+b", "aab"),
    (r"[a-z&&[^bc]]+", "adz"),
    (r"[a-z&&def]", "e"),
    (r"[&&a]", "a"),
    (r"[[a-c][x-z]]+", "axz"),
    (r"[^[a-c]]", "d"),
    (r"[]a]", "]"),
    (r"[a-]+", "a-"),
    (r"[\Q]^\E]+", "^]"),
    (r"[\w-]+", "a-b"),
    (r"[\[\]]", "["),
    (r"(?i)abc", "ABC"),
    (r"a(?i)b|c", "C"),
    (r"a(?i)b|c", "aB"),
    (r"((?i)a)b", "Ab"),
    (r"(?i:a)b", "Ab"),
    (r"(?i)a(?-i)b", "Ab"),
    (r"(?iu)é", "É"),
    (r"\p{Alpha}+", "abc"),
    (r"\p{L}+", "größe"),
    (r"\pL\PL", "a1"),
    (r"[\p{L}\d]+", "grö9"),
    (r"\p{IsLatin}+", "abc"),
    (r"\p{IsAlphabetic}+", "äb"),
    (r"\p{javaUpperCase}", "A"),
    (r"\p{^Lower}", "A"),
    (r"\p{general_category=Lu}", "A"),
    (r"\Qa.b\E", "a.b"),
    (r"\Qa.b", "a.b"),
    (r"(?<n>x)\k<n>", "xx"),
    (r"(a)(b)\2", "abb"),
    (r"(a)\11", "aa1"),
    (r"a++b", "aab"),
    (r"\d{2,3}+", "123"),
    (r"(?s).", "\n"),
    (r"(?d).", "\r"),
    (r"(?U)\w+", "é"),
    ("(?x) a b # c\n c", "abc"),
    (r"^a$", "a"),
    (r"(?m)a$\n^b", "a\nb"),
    (r"a\Rb", "a\r\nb"),
    (r"\h\v", "\t\n"),
    (r"\u0041\x41\x{41}\0101\t", "AAAA\t"),
    (r"\cA", "\x01"),
    (r"a|b|", ""),
    (r"", ""),
    (r"(?=a)a(?!b)", "a"),
    (r"(?<=^)a\z", "a"),
    (r".*Tolkien", "J. R. R. Tolkien"),
    (r"a-b", "a-b"),
    (r"}", "}"),
]
REFUSES = [
    (r"[a-z&&[^bc]]+", "abz"),
    (r"[a-z&&def]", "a"),
    (r"[^[a-c]]", "b"),
    (r"a(?i)b|c", "AB"),
    (r"((?i)a)b", "AB"),
    (r"(?i)a(?-i)b", "AB"),
    (r"(?i)é", "É"),
    (r"\Qa.b\E", "axb"),
    (r"(?>a+)a", "aaa"),
    (r"a++a", "aaa"),
    (r".", "\u0085"),
    (r"\w+", "é"),
    (r"\d", "\u0663"),
    (r"\p{Upper}", "a"),
    (r"ab", "abc"),
]
ERRORS = [
    ("(a", "'(' is never closed", 0),
    ("a)", "')' without '('", 1),
    ("[a", "'[' is never closed", 0),
    ("*a", "nothing to repeat", 0),
    ("a**", "nothing to repeat", 2),
    ("a{", "must be followed by a count", 1),
    ("a{2,1}", "min repeat", 0),
    ("\\", "the pattern ends after", 0),
    ("[\\", "the pattern ends after", 1),
    ("(?<1>a)", "unknown kind of group", 0),
    ("(?<n>a)(?<n>b)", "used twice", 7),
    (r"\k<x>", "earlier group", 0),
    (r"a\2", "no group 2", 1),
    ("[z-a]", "runs backwards", 1),
    (r"\p{Foo}", "unknown character class 'Foo'", 0),
    (r"\p", "class name in braces", 0),
    ("(?y)a", "unknown flag 'y'", 0),
    (r"ab\y", r"unknown escape \y", 2),
    (r"\xZZ", "hexadecimal", 0),
    (r"\x{FFFFFF}", "hexadecimal", 0),
    (r"\09", "octal", 0),
    ("(" * 5000, "nested too deeply", 101),
    ("(?<=a+)b", "look-behind", 0),
]


@pytest.mark.parametrize(("pattern", "text"), MATCHES)
def test_text_that_java_matches_is_matched_whole(pattern: str, text: str) -> None:
    assert compile_java_regex(pattern).fullmatch(text) is not None


@pytest.mark.parametrize(("pattern", "text"), REFUSES)
def test_text_that_java_refuses_is_refused(pattern: str, text: str) -> None:
    assert compile_java_regex(pattern).fullmatch(text) is None


@pytest.mark.parametrize(("pattern", "reason", "position"), ERRORS)
def test_a_bad_pattern_says_why_and_where(pattern: str, reason: str, position: int) -> None:
    with pytest.raises(JavaRegexError, match=re.escape(reason)) as caught:
        compile_java_regex(pattern)
    assert caught.value.position == position


def test_flags_may_be_given_beside_the_pattern() -> None:
    assert compile_java_regex("a.", "is").fullmatch("A\n") is not None
    with pytest.raises(JavaRegexError, match="unknown flag"):
        compile_java_regex("a", "q")


def test_named_groups_keep_their_names() -> None:
    found = compile_java_regex(r"(?<year>\d{4})-(?<month>\d\d)").fullmatch("2024-05")
    assert found is not None
    assert found.groupdict() == {"year": "2024", "month": "05"}
