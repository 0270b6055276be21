"""Text of a JSONPath to its syntax tree, in the grammar of Jayway JsonPath (PathCompiler, FilterCompiler).

Kept from there: names may hold almost any character, a leading `$.` may be left out, a trailing `.` is
ignored. Kinder than there: `[(@.length-1)]` and negative bounds of slices count from the end, `&&` binds
closer than `||`, `!` works on any condition, a stray `)` at the end is ignored.
"""

from __future__ import annotations

import re

from engine.expressions.jsonpath.ast import (
    All,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Filter,
    Function,
    Index,
    Key,
    Literal,
    Not,
    Operand,
    Path,
    Scan,
    Slice,
    Step,
    Wildcard,
)
from engine.expressions.jsonpath.scanner import WORD, Scanner

FUNCTIONS = frozenset(
    [
        "length",
        "size",
        "min",
        "max",
        "avg",
        "sum",
        "stddev",
        "keys",
        "first",
        "last",
        "index",
        "concat",
        "append",
    ]
)
OPERATORS = ("===", "!==", "==", "!=", "<=", ">=", "=~", "<>", "<", ">")
WORD_OPERATORS = frozenset(["in", "nin", "subsetof", "anyof", "noneof", "all", "size", "empty", "contains"])

_ENDS_NAME = frozenset(".[]() \t\r\n")
_ENDS_NAME_IN_FILTER = _ENDS_NAME | frozenset("<>=~!&|,")
_INTEGERS = re.compile(r"\s*-?\d{1,18}\s*(?:,\s*-?\d{1,18}\s*)*\]", re.ASCII)
_SLICE = re.compile(r"\s*(-?\d{1,18})?\s*:\s*(-?\d{1,18})?\s*\]", re.ASCII)
_WILDCARD = re.compile(r"\s*\*\s*\]")
_FROM_END = re.compile(r"""\s*\(\s*@\s*\.\s*["']?length["']?\s*-\s*(\d{1,18})\s*\)\s*\]""", re.ASCII)
_FILTER = re.compile(r"\s*\?\s*")


def parse_path(expression: str) -> Path:
    """Parse a whole path. Raises JsonPathSyntaxError."""
    return _Parser(expression).whole()


class _Parser(Scanner):
    __slots__ = ("in_filter",)

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.in_filter = False

    def whole(self) -> Path:
        if self.at >= self.end:
            raise self.fail("the path is empty", 0)
        if self.end - self.at > 1 and self.source[self.end - 1] == "." and self.source[self.end - 2] != ".":
            self.end -= 1
        if self.peek() in "$@":
            self.at += 1
            if self.at < self.end and self.peek() not in ".[":
                raise self.fail(f"after {self.source[self.at - 1]!r} expected '.' or '[', not {self.peek()!r}")
        steps: list[Step] = []
        if self.at < self.end and self.peek() not in ".[":
            steps.append(self.name())
        steps += self.steps()
        if self.at < self.end:
            raise self.fail(f"unexpected {self.peek()!r}")
        return Path(tuple(steps))

    def steps(self) -> list[Step]:
        steps: list[Step] = []
        while self.at < self.end:
            char = self.peek()
            if char == ".":
                steps += self.dotted()
            elif char == "[":
                steps.append(self.bracket())
            elif self.in_filter:
                break
            elif char == ")" and self.at == self.end - 1 and steps:
                self.at += 1
            elif char.isspace():
                raise self.fail("a blank inside a path; write ['my name'] for a name with blanks")
            elif char in "])":
                raise self.fail(f"{char!r} without an opening one before it")
            else:
                steps.append(self.name())
        return steps

    def dotted(self) -> list[Step]:
        start = self.at
        self.at += 1
        steps: list[Step] = []
        if self.peek() == ".":
            self.at += 1
            steps.append(Scan())
        char = self.peek()
        if not char:
            raise self.fail("the path ends after '.'", start)
        if char == ".":
            raise self.fail("too many dots")
        if char == "[":
            steps.append(self.bracket())
        elif char == "*":
            self.at += 1
            steps.append(Wildcard())
        else:
            steps.append(self.name())
        return steps

    def name(self) -> Step:
        start = self.at
        stops = _ENDS_NAME_IN_FILTER if self.in_filter else _ENDS_NAME
        while self.at < self.end and self.source[self.at] not in stops:
            self.at += 1
        name = self.source[start : self.at]
        if not name:
            raise self.fail(f"expected a name, not {self.peek()!r}" if self.peek() else "expected a name")
        if name == "*":
            return Wildcard()
        if self.peek() == "(":
            return self.function(name, start)
        if self.peek().isspace() and not self.in_filter:
            raise self.fail("a blank inside a path; write ['my name'] for a name with blanks")
        if "`" in name:
            raise self.fail(f"{name!r} is no name; write ['{name}'] if it is one", start)
        return Key((name,))

    def function(self, name: str, start: int) -> Function:
        if name not in FUNCTIONS:
            raise self.fail(f"unknown function {name}(); known are {', '.join(sorted(FUNCTIONS))}", start)
        self.at += 1
        was_in_filter, self.in_filter = self.in_filter, True
        arguments: list[Operand] = []
        self.skip_blanks()
        while self.peek() != ")":
            if not self.peek():
                raise self.fail(f"the arguments of {name}() are not closed", start)
            arguments.append(self.operand())
            self.skip_blanks()
            if self.peek() == ",":
                self.at += 1
                self.skip_blanks()
            elif self.peek() and self.peek() != ")":
                raise self.fail(f"expected ',' or ')' in the arguments of {name}()")
        self.at += 1
        self.in_filter = was_in_filter
        return Function(name, tuple(arguments))

    def bracket(self) -> Step:
        start = self.at
        self.at += 1
        if self.match(_WILDCARD):
            return Wildcard()
        if (integers := self.match(_INTEGERS)) is not None:
            return Index(tuple(int(number) for number in integers.group()[:-1].split(",")))
        if (bounds := self.match(_SLICE)) is not None and (bounds[1] or bounds[2]):
            return Slice(*(int(bound) if bound else None for bound in bounds.groups()))
        if (from_end := self.match(_FROM_END)) is not None:
            return Index((-int(from_end[1]),))
        if self.match(_FILTER):
            return self.filter(start)
        self.skip_blanks()
        if self.peek() and self.peek() in "'\"":
            return self.quoted_names(start)
        if "]" not in self.source[self.at : self.end]:
            raise self.fail("'[' is never closed", start)
        raise self.fail("inside [] expected a quoted name, a number, a slice, '*' or ?(filter)", start)

    def quoted_names(self, start: int) -> Key:
        names: list[str] = []
        while True:
            self.skip_blanks()
            if not self.peek() or self.peek() not in "'\"":
                raise self.fail("expected a quoted name" if self.peek() else "'[' is never closed", start)
            names.append(self.string())
            self.skip_blanks()
            if self.peek() == "]":
                self.at += 1
                return Key(tuple(names))
            if self.peek() != ",":
                raise self.fail("expected ',' or ']' after a quoted name" if self.peek() else "'[' is never closed")
            self.at += 1

    def filter(self, start: int) -> Filter:
        was_in_filter, self.in_filter = self.in_filter, True
        condition = self.any_of()
        self.in_filter = was_in_filter
        self.skip_blanks()
        if self.peek() != "]":
            if self.peek() == ")":
                raise self.fail("one ')' too many in a filter")
            if self.peek():
                raise self.fail(f"expected an operator or the end of the filter, not {self.peek()!r}")
            raise self.fail("the filter is never closed with ']'", start)
        self.at += 1
        return Filter(condition)

    def any_of(self) -> Condition:
        parts = [self.all_of()]
        while self.joined_by("||"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def all_of(self) -> Condition:
        parts = [self.condition()]
        while self.joined_by("&&"):
            parts.append(self.condition())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def joined_by(self, operator: str) -> bool:
        self.skip_blanks()
        if not self.source.startswith(operator, self.at, self.end):
            for word, symbol in (("and", "&&"), ("or", "||")):
                if self.source.startswith(f"{word} ", self.at, self.end):
                    raise self.fail(f"write {symbol} for {word!r}")
            return False
        self.at += 2
        return True

    def condition(self) -> Condition:
        self.enter()
        condition = self.single_condition()
        self.depth -= 1
        return condition

    def single_condition(self) -> Condition:
        self.skip_blanks()
        start = self.at
        char = self.peek()
        if not char:
            raise self.fail("the filter ends where a condition is expected")
        if char == "!":
            self.at += 1
            return Not(self.condition())
        if char == "(":
            self.at += 1
            inner = self.any_of()
            self.skip_blanks()
            if self.peek() != ")":
                raise self.fail("'(' is never closed", start)
            self.at += 1
            return inner
        return self.comparison()

    def comparison(self) -> Condition:
        start = self.at
        left = self.operand()
        self.skip_blanks()
        if not self.peek() or self.peek() in ")]&|":
            if isinstance(left, Path):
                return Exists(left)
            raise self.fail("a constant alone is no condition", start)
        operator = self.operator()
        return Compare(left, operator, self.operand())

    def operator(self) -> str:
        for operator in OPERATORS:
            if self.source.startswith(operator, self.at, self.end):
                self.at += len(operator)
                return "!=" if operator == "<>" else operator
        start = self.at
        word = self.match(WORD)
        if word is None:
            hint = "; write == to compare" if self.peek() == "=" else ""
            raise self.fail(f"expected an operator, not {self.peek()!r}{hint}")
        if word.group().lower() not in WORD_OPERATORS:
            known = ", ".join([*OPERATORS, *sorted(WORD_OPERATORS)])
            raise self.fail(f"unknown operator {word.group()!r}; known are {known}", start)
        return word.group().lower()

    def operand(self) -> Operand:
        self.skip_blanks()
        start = self.at
        char = self.peek()
        if not char:
            raise self.fail("the filter ends where a value is expected")
        if char in "$@":
            self.at += 1
            self.enter()
            steps = self.steps()
            self.depth -= 1
            return Path(tuple(steps), from_current=char == "@")
        if char == "/":
            return self.regex()
        literal = self.literal()
        if isinstance(literal, Literal):
            return literal
        raise self.fail(
            f"expected @, $, a quoted text, a number, true, false, null, a list or /pattern/, not {char!r}",
            start,
        )
