"""From the text of a query to its tree. What the sandbox does not know is refused in Salesforce's words."""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.sandbox.salesforce.errors import ApiError
from engine.sandbox.salesforce.soql.tree import (
    Comparison,
    Condition,
    Junction,
    Literal,
    Membership,
    Negation,
    Order,
    Query,
)

QUERY_LIMIT = 100_000
_DEPTH_LIMIT = 100

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[A-Za-z_][\w.]*(?::\d+)?)
    | (?P<operator><=|>=|!=|<>|=|<|>)
    | (?P<mark>[(),])
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_AGGREGATES = frozenset({"count", "count_distinct", "sum", "avg", "min", "max", "fields", "typeof"})
_UNSUPPORTED = frozenset({"group", "having", "with", "using", "for", "typeof", "update", "all"})
_RANGES = re.compile(
    r"(today|yesterday|tomorrow|(this|last|next)_(week|month|quarter|year)|(last|next)_n_days:\d{1,5})",
    re.IGNORECASE,
)


class _Token(NamedTuple):
    kind: str
    text: str
    place: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "name" else ""


def parse(text: str) -> Query:
    """The tree of a query. Raises ApiError (MALFORMED_QUERY and others)."""
    return _Parser(text).query()


class _Parser:
    __slots__ = ("_depth", "_index", "_text", "_tokens")

    def __init__(self, text: str) -> None:
        self._text = text
        if len(text) > QUERY_LIMIT:
            raise ApiError(
                400,
                "QUERY_TOO_COMPLICATED",
                f"SOQL statements cannot be longer than {QUERY_LIMIT} characters.",
            )
        self._tokens = self._scan()
        self._index = 0
        self._depth = 0

    def _scan(self) -> list[_Token]:
        tokens: list[_Token] = []
        place, end = 0, len(self._text.rstrip())
        while place < end:
            match = _TOKEN.match(self._text, place)
            if match is None or match.lastgroup is None:
                start = place + len(self._text[place:]) - len(self._text[place:].lstrip())
                raise self._malformed(start, f"unexpected token: {self._text[start : start + 10]!r}")
            kind = match.lastgroup
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            place = match.end()
        tokens.append(_Token("end", "<EOF>", end))
        return tokens

    def _malformed(self, place: int, message: str) -> ApiError:
        before = self._text[:place]
        row = before.count("\n") + 1
        column = place - (before.rfind("\n") + 1) + 1
        line = self._text.splitlines()[row - 1] if self._text.strip() else ""
        return ApiError(
            400,
            "MALFORMED_QUERY",
            f"\n{line}\n{' ' * (column - 1)}^\nERROR at Row:{row}:Column:{column}\n{message}",
        )

    @property
    def _now(self) -> _Token:
        return self._tokens[self._index]

    def _take(self) -> _Token:
        token = self._tokens[self._index]
        if token.kind != "end":
            self._index += 1
        return token

    def _unexpected(self, token: _Token, wanted: str = "") -> ApiError:
        if token.kind == "end":
            return self._malformed(token.place, f"unexpected token: '<EOF>'{wanted and f', expecting {wanted}'}")
        return self._malformed(token.place, f"unexpected token: '{token.text}'{wanted and f', expecting {wanted}'}")

    def _word(self, word: str) -> None:
        token = self._take()
        if token.word != word:
            raise self._unexpected(token, f"'{word.upper()}'")

    def _mark(self, mark: str) -> None:
        token = self._take()
        if token.text != mark or token.kind != "mark":
            raise self._unexpected(token, f"'{mark}'")

    def _accept(self, word: str) -> bool:
        if self._now.word == word:
            self._index += 1
            return True
        return False

    def _accept_mark(self, mark: str) -> bool:
        if self._now.kind == "mark" and self._now.text == mark:
            self._index += 1
            return True
        return False

    def _name(self) -> str:
        token = self._take()
        if token.kind != "name" or ":" in token.text or token.text.endswith("."):
            raise self._unexpected(token)
        return token.text

    def query(self) -> Query:
        self._word("select")
        fields, count = self._fields()
        self._word("from")
        sobject = self._name()
        where = self._where() if self._accept("where") else None
        order = self._order() if self._accept("order") else ()
        limit = self._count("LIMIT") if self._accept("limit") else None
        offset = self._count("OFFSET") if self._accept("offset") else None
        token = self._now
        if token.word in _UNSUPPORTED:
            raise ApiError(400, "API_ERROR", f"{token.text.upper()} is not supported in this query")
        if token.kind != "end":
            raise self._unexpected(token)
        return Query(fields, sobject, where, order, limit, offset, count)

    def _fields(self) -> tuple[tuple[str, ...], bool]:
        names: list[str] = []
        count = False
        while True:
            if self._accept_mark("("):
                raise ApiError(400, "API_ERROR", "Nested queries are not supported in Bulk Query")
            name = self._name()
            if self._accept_mark("("):
                self._function(name)
                count = True
            else:
                names.append(name)
            if not self._accept_mark(","):
                break
        if count and names:
            raise ApiError(400, "API_ERROR", "Aggregate functions with fields are not supported")
        return tuple(names), count

    def _function(self, name: str) -> None:
        """`COUNT()` is the one function there is; others are refused by name."""
        if name.lower() != "count" or not self._accept_mark(")"):
            known = name.lower() in _AGGREGATES
            reason = "is not supported" if known else "is not a known function"
            raise ApiError(400, "API_ERROR" if known else "MALFORMED_QUERY", f"Function {name} {reason}")

    def _where(self) -> Condition:
        return self._junction()

    def _junction(self) -> Condition:
        """Terms joined by one word; AND and OR at one level need parentheses, as in SOQL."""
        parts = [self._term()]
        word = self._now.word
        if word not in ("and", "or"):
            return parts[0]
        while self._accept(word):
            parts.append(self._term())
        if self._now.word in ("and", "or"):
            raise self._unexpected(self._now)
        return Junction(word.upper(), tuple(parts))

    def _term(self) -> Condition:
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise ApiError(400, "QUERY_TOO_COMPLICATED", "Query is too complicated.")
        try:
            if self._accept("not"):
                return Negation(self._term())
            if self._accept_mark("("):
                inner = self._junction()
                self._mark(")")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Condition:
        path = self._name()
        token = self._take()
        if token.word == "not":
            self._word("in")
            return Membership(path, self._literals(), True)
        if token.word == "in":
            return Membership(path, self._literals(), False)
        if token.word == "like":
            return Comparison(path, "LIKE", self._literal())
        if token.kind != "operator":
            raise self._unexpected(token)
        return Comparison(path, "!=" if token.text == "<>" else token.text, self._literal())

    def _literals(self) -> tuple[Literal, ...]:
        self._mark("(")
        if self._now.word == "select":
            raise ApiError(400, "API_ERROR", "Nested queries are not supported in Bulk Query")
        literals = [self._literal()]
        while self._accept_mark(","):
            literals.append(self._literal())
        self._mark(")")
        return tuple(literals)

    def _literal(self) -> Literal:
        token = self._take()
        text = token.text
        if token.kind == "string":
            return Literal("string", _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1]), text)
        if token.kind == "number":
            return Literal("number", float(text) if re.search(r"[.eE]", text) else int(text), text)
        if token.kind in ("date", "datetime"):
            return Literal(token.kind, text, text)
        if token.word in ("true", "false"):
            return Literal("boolean", token.word == "true", text)
        if token.word == "null":
            return Literal("null", None, text)
        if token.kind == "name" and _RANGES.fullmatch(text):
            return Literal("range", text.upper(), text)
        raise self._unexpected(token)

    def _order(self) -> tuple[Order, ...]:
        self._word("by")
        keys: list[Order] = []
        while True:
            path = self._name()
            descending = self._accept("desc")
            if not descending:
                self._accept("asc")
            nulls_last = False
            if self._accept("nulls"):
                nulls_last = self._accept("last")
                if not nulls_last:
                    self._word("first")
            keys.append(Order(path, descending, nulls_last))
            if not self._accept_mark(","):
                return tuple(keys)

    def _count(self, word: str) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdigit():
            raise self._unexpected(token, f"a number after {word}")
        return min(int(token.text), 2**62)
