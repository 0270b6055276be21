r"""Java regular expressions translated to Python's `re`, with Java's meaning kept.

Handled: possessive and atomic groups, named groups, back references, \Q..\E, POSIX and Unicode classes,
class unions, intersections (`[a-z&&[^b]]`), inline flags anywhere, Java's line terminators, ASCII `\w \d \s
\b`. Not handled, and said so: \G, \X, \b{g}, scripts and blocks other than the common ones, look-behind of
unbounded width.
"""

from __future__ import annotations

import re
from functools import lru_cache

from engine.values.excerpt import excerpt
from engine.values.java_regex_classes import (
    Ranges,
    class_text,
    complement,
    intersect,
    named_class,
    short_class,
    union,
)

_LINE_ENDS = "\\n\\r\\x85\\u2028\\u2029"
_FLAG_NAMES = {"i": "i", "m": "m", "s": "s", "x": "x", "u": "u", "d": "d", "U": "U"}
_CONTROL = {"t": 9, "n": 10, "r": 13, "f": 12, "a": 7, "e": 27}
_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?")


class JavaRegexError(ValueError):
    """A pattern that Java would refuse, or that has no counterpart here. `position` counts from 0."""

    def __init__(self, reason: str, pattern: str, position: int) -> None:
        self.reason = reason
        self.pattern = pattern
        self.position = position
        super().__init__(f"regular expression {excerpt(pattern, position)}: {reason} (character {position + 1})")


@lru_cache(maxsize=1024)
def compile_java_regex(text: str, flags: str = "") -> re.Pattern[str]:
    """Compile a Java pattern; `flags` are Java's inline letters. Use `fullmatch` for Matcher.matches().

    Raises JavaRegexError, a ValueError, with reason and position.
    """
    unknown = [flag for flag in flags if flag not in _FLAG_NAMES]
    if unknown:
        raise JavaRegexError(f"unknown flag {unknown[0]!r}", text, len(text))
    translated = _Translator(text, frozenset(flags)).translate()
    try:
        return re.compile(translated, re.ASCII)
    except (re.error, OverflowError) as error:
        raise JavaRegexError(str(getattr(error, "msg", error)), text, 0) from error
    except RecursionError:
        raise JavaRegexError("nested too deeply", text, 0) from None


class _Translator:
    """One pass over the pattern. Flags set half-way become groups, closed where their scope ends."""

    __slots__ = ("at", "flags", "groups", "out", "source")

    def __init__(self, source: str, flags: frozenset[str]) -> None:
        self.source = source
        self.at = 0
        self.flags = flags
        self.out: list[str] = []
        self.groups: set[str] = set()

    def fail(self, reason: str, position: int | None = None) -> JavaRegexError:
        return JavaRegexError(reason, self.source, self.at if position is None else position)

    def translate(self) -> str:
        outer = self.python_flags()
        self.alternatives(0)
        if self.at < len(self.source):
            raise self.fail("')' without '('")
        body = "".join(self.out)
        return f"(?{outer}:{body})" if outer else body

    def python_flags(self) -> str:
        # Only case matters to the translated text; s, m, x, d and U are worked into it.
        return ("i" if "i" in self.flags else "") + ("u" if self.flags & {"u", "U"} else "")

    def peek(self, length: int = 1) -> str:
        return self.source[self.at : self.at + length]

    def alternatives(self, depth: int) -> None:
        """Everything up to the closing parenthesis or the end."""
        if depth > 100:
            raise self.fail("nested too deeply")
        opened = 0
        reopen: list[str] = []
        while self.at < len(self.source) and self.peek() != ")":
            if self.peek() == "|":
                self.at += 1
                self.out.append(")" * opened + "|" + "".join(reopen))
                continue
            wrap = self.inline_flags()
            if wrap is None:
                self.term(depth)
            elif wrap:
                self.out.append(wrap)
                reopen.append(wrap)
                opened += 1
        self.out.append(")" * opened)

    def inline_flags(self) -> str | None:
        """`(?i)` for the rest of the group: the opening to write, "" for none, None when something else is
        here.
        """
        found = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?\)").match(self.source, self.at)
        if found is None:
            return None
        wrap = self.switch(found[1], found[2] or "")
        self.at = found.end()
        return wrap

    def switch(self, on: str, off: str) -> str:
        for flag in on + off:
            if flag not in _FLAG_NAMES:
                raise self.fail(f"unknown flag {flag!r}")
        before = self.flags
        self.flags = (self.flags | set(on)) - set(off)
        if ("i" in before) != ("i" in self.flags) or self.python_flags() != _case_flags(before):
            plus = self.python_flags()
            minus = "-i" if "i" in before and "i" not in self.flags else ""
            if "u" not in plus and _case_flags(before).count("u"):
                plus = "a" + plus
            return f"(?{plus}{minus}:"
        return ""

    def term(self, depth: int) -> None:
        start = self.at
        char = self.peek()
        if "x" in self.flags and (char.isspace() or char == "#"):
            self.comment(char)
            return
        if char in "*+?" or (char == "{" and _QUANTIFIER.match(self.source, self.at)):
            raise self.fail(f"nothing to repeat before {char!r}")
        self.at += 1
        if char == "(":
            self.group(depth, start)
        elif char == "[":
            self.out.append(class_text(self.char_class(start)))
        elif char == "\\":
            self.escape(start)
        elif char in ".^$":
            self.out.append(self.anchor(char))
        else:
            self.out.append(re.escape(char))
        self.quantifier()

    def comment(self, char: str) -> None:
        if char == "#":
            end = re.compile(f"[{_LINE_ENDS}]").search(self.source, self.at)
            self.at = end.end() if end is not None else len(self.source)
        else:
            self.at += 1

    def anchor(self, char: str) -> str:
        unix = "d" in self.flags
        ends = "\\n" if unix else _LINE_ENDS
        if char == ".":
            return "[\\s\\S]" if "s" in self.flags else f"[^{ends}]"
        if char == "^":
            return f"(?:\\A|(?<=[{ends}])(?!\\Z))" if "m" in self.flags else "\\A"
        if "m" in self.flags:
            return f"(?=[{ends}]|\\Z)"
        return self.before_last_line_end()

    def before_last_line_end(self) -> str:
        return "(?=\\n?\\Z)" if "d" in self.flags else f"(?=(?:\\r\\n|[{_LINE_ENDS}])?\\Z)"

    def quantifier(self) -> None:
        if "x" in self.flags:
            while self.at < len(self.source) and (self.peek().isspace() or self.peek() == "#"):
                self.comment(self.peek())
        found = _QUANTIFIER.match(self.source, self.at)
        if found is not None:
            self.out.append(found.group())
            self.at = found.end()
        elif self.peek() == "{":
            raise self.fail("'{' must be followed by a count like {2} or {1,3}; write \\{ for the character")

    def group(self, depth: int, start: int) -> None:
        opening, flags = "(", self.flags
        if self.peek() == "?":
            found = re.compile(
                r"\?(?:(?P<plain>[:=!>]|<[=!])|<(?P<name>[A-Za-z][A-Za-z0-9]*)>|(?P<on>[a-zA-Z]*)(?:-(?P<off>[a-zA-Z]*))?:)"
            ).match(self.source, self.at)
            if found is None:
                raise self.fail("unknown kind of group after '(?'", start)
            if found["plain"]:
                opening = "(?" + found["plain"]
            elif found["name"]:
                if found["name"] in self.groups:
                    raise self.fail(f"group name {found['name']!r} used twice", start)
                self.groups.add(found["name"])
                opening = f"(?P<{found['name']}>"
            else:
                opening = self.switch(found["on"] or "", found["off"] or "") or "(?:"
            self.at = found.end()
        self.out.append(opening)
        self.alternatives(depth + 1)
        if self.peek() != ")":
            raise self.fail("'(' is never closed", start)
        self.at += 1
        self.flags = flags
        self.out.append(")")

    def escape(self, start: int) -> None:
        char = self.peek()
        if not char:
            raise self.fail("the pattern ends after '\\'", start)
        self.at += 1
        if char == "Q":
            end = self.source.find("\\E", self.at)
            quoted = self.source[self.at : end if end >= 0 else len(self.source)]
            self.at = end + 2 if end >= 0 else len(self.source)
            self.out.append(re.escape(quoted))
            if not quoted:
                self.out.append("(?:)")
        elif char in "123456789":
            self.out.append(f"(?:\\{self.back_reference(char)})")
        elif char == "k":
            found = re.compile(r"<([A-Za-z][A-Za-z0-9]*)>").match(self.source, self.at)
            if found is None or found[1] not in self.groups:
                raise self.fail("\\k needs the <name> of an earlier group", start)
            self.at = found.end()
            self.out.append(f"(?P={found[1]})")
        elif char in "bBA":
            self.out.append("\\" + char)
        elif char == "z":
            self.out.append("\\Z")
        elif char == "Z":
            self.out.append(self.before_last_line_end())
        elif char == "R":
            self.out.append("(?:\\r\\n|[\\n\\x0b\\x0c\\r\\x85\\u2028\\u2029])")
        else:
            self.at = start
            self.out.append(class_text(self.one()))

    def back_reference(self, digit: str) -> str:
        # Java takes further digits only while such a group exists; groups are counted by their openings so
        # far.
        count = sum(part in ("(",) or part.startswith("(?P<") for part in self.out)
        while self.peek().isdigit() and int(digit + self.peek()) <= count:
            digit += self.peek()
            self.at += 1
        if int(digit) > count:
            raise self.fail(f"there is no group {digit} before \\{digit}", self.at - len(digit) - 1)
        return digit

    def one(self) -> Ranges:
        """One character or class escape, inside or outside brackets."""
        start = self.at
        char = self.peek()
        if char != "\\":
            self.at += 1
            return ((ord(char), ord(char)),)
        char = self.source[start + 1 : start + 2]
        if not char:
            raise self.fail("the pattern ends after '\\'", start)
        self.at += 2
        if char in "dDwWsShHvV":
            return short_class(char, unicode="U" in self.flags)
        if char in "pP":
            return self.property_class(char == "P", start)
        code = self.character_code(char, start)
        return ((code, code),)

    def property_class(self, negated: bool, start: int) -> Ranges:
        found = re.compile(r"\{(\^?)([A-Za-z0-9_=-]+)\}|([A-Za-z])").match(self.source, self.at)
        if found is None:
            raise self.fail("\\p needs a class name in braces", start)
        self.at = found.end()
        try:
            ranges = named_class(found[2] or found[3], unicode="U" in self.flags)
        except KeyError:
            raise self.fail(f"unknown character class {found[2] or found[3]!r}", start) from None
        return complement(ranges) if negated != bool(found[1]) else ranges

    def character_code(self, char: str, start: int) -> int:
        if char in _CONTROL:
            return _CONTROL[char]
        for letter, digits in (("x", r"\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2})"), ("u", r"([0-9A-Fa-f]{4})")):
            if char == letter:
                found = re.compile(digits).match(self.source, self.at)
                if found is None or (code := int(found[found.lastindex or 1], 16)) > 0x10FFFF:
                    raise self.fail(f"bad hexadecimal number after \\{letter}", start)
                self.at = found.end()
                return code
        if char == "0":
            found = re.compile(r"[0-3]?[0-7]{1,2}").match(self.source, self.at)
            if found is None:
                raise self.fail("bad octal number after \\0", start)
            self.at = found.end()
            return int(found.group(), 8)
        if char == "c" and self.peek():
            self.at += 1
            return ord(self.source[self.at - 1]) ^ 64
        if char.isascii() and char.isalpha():
            raise self.fail(f"unknown escape \\{char}", start)
        return ord(char)

    def char_class(self, start: int) -> Ranges:
        """What follows `[` up to its `]`, as code point ranges."""
        negated = self.peek() == "^"
        if negated:
            self.at += 1
        ranges: Ranges = ()
        result: Ranges | None = None
        first = True
        while True:
            char = self.peek()
            if not char:
                raise self.fail("'[' is never closed", start)
            if char == "]" and not first:
                self.at += 1
                break
            if self.peek(2) == "&&":
                self.at += 2
                if not first:
                    result = ranges if result is None else intersect(result, ranges)
                ranges = ()
            elif char == "[":
                self.at += 1
                ranges = union(ranges, self.char_class(self.at - 1))
            elif self.peek(2) == "\\Q":
                end = self.source.find("\\E", self.at)
                quoted = self.source[self.at + 2 : end if end >= 0 else len(self.source)]
                self.at = end + 2 if end >= 0 else len(self.source)
                ranges = union(ranges, tuple((ord(item), ord(item)) for item in sorted(set(quoted))))
            else:
                ranges = union(ranges, self.class_range())
            first = False
        total = ranges if result is None else intersect(result, ranges)
        return complement(total) if negated else total

    def class_range(self) -> Ranges:
        start = self.at
        low = self.one()
        if self.peek() != "-" or self.peek(2) in ("-]", "-[", "-") or self.peek(3) == "-&&":
            return low
        if len(low) != 1 or low[0][0] != low[0][1]:
            return low
        self.at += 1
        high = self.one()
        if len(high) != 1 or high[0][0] != high[0][1] or high[0][0] < low[0][0]:
            raise self.fail("the range in the brackets runs backwards", start)
        return ((low[0][0], high[0][0]),)


def _case_flags(flags: frozenset[str]) -> str:
    return ("i" if "i" in flags else "") + ("u" if flags & {"u", "U"} else "")
