"""A compiled JSONPath and what can be asked of it.

Definite paths (keys and single indexes only) are a walk over a ready tuple; everything else is a chain of
functions over node lists. What the grammar of Jayway does not have (steps in slices, unions of whole paths,
`` `parent` ``, arithmetic) is left to jsonpath-ng, see fallback.py.
"""

from __future__ import annotations

from functools import lru_cache

from engine.expressions.jsonpath import places
from engine.expressions.jsonpath.ast import Function, Key, Path
from engine.expressions.jsonpath.conditions import Read
from engine.expressions.jsonpath.errors import JsonPathSyntaxError
from engine.expressions.jsonpath.evaluate import compile_operand, compile_steps, is_definite
from engine.expressions.jsonpath.fallback import compile_with_jsonpath_ng
from engine.expressions.jsonpath.parser import parse_path
from engine.expressions.jsonpath.places import Pointer
from engine.values.java_text import LONG_MAX, java_text
from engine.values.json_document import Json, JsonDocument, JsonNumber, dumps, java_number
from engine.values.json_skim import Skim
from engine.values.missing import MISSING, Missing


@lru_cache(maxsize=4096)
def compile_jsonpath(text: str) -> JsonPath:
    """The path for this text, compiled once per process (the 4,096 used last are kept).

    Raises JsonPathSyntaxError, a ValueError with `position`, when neither Jayway's grammar nor jsonpath-ng
    takes it.
    """
    try:
        return JsonPath(text, parse_path(text))
    except JsonPathSyntaxError:
        foreign = compile_with_jsonpath_ng(text)
        if foreign is None:
            raise
        return _ForeignPath(text, foreign)


def compile_jsonpaths(text: str) -> list[JsonPath]:
    """The paths of a comma-separated list such as `$.a,$.b[0,1]` (enrich with action remove takes one).

    A comma parts two paths where `$` follows it outside brackets. Raises JsonPathSyntaxError.
    """
    depth = 0
    start = 0
    paths: list[JsonPath] = []
    for at, char in enumerate(text):
        depth += (char in "[(") - (char in "])")
        if char == "," and depth == 0 and text.startswith("$", at + 1):
            paths.append(compile_jsonpath(text[start:at]))
            start = at + 1
    paths.append(compile_jsonpath(text[start:]))
    return paths


class JsonPath:
    """A path ready to use; safe to share between messages and threads.

    Answers are parts of the document itself, not copies. `set_at`, `add_child`, `remove_at` and
    `rename_key` change the document in place and return it (a path to the root returns the new root).
    """

    __slots__ = (
        "_find",
        "_function",
        "_last_key",
        "_unwrap",
        "_walk",
        "definite",
        "expression",
        "is_root",
        "skim",
        "tree",
    )

    expression: str
    definite: bool
    """Whether there can be only one match; then `value` is that match, otherwise the list of matches."""
    is_root: bool
    """`$` alone. For a message body the reference engine answers with the raw text then: the caller's job."""
    skim: Skim | None
    """The path as a walk that needs no parsed document, where it is one: member names only."""

    def __init__(self, expression: str, tree: Path) -> None:
        self.expression = expression
        self.tree = tree
        self.is_root = not tree.steps
        self.definite = is_definite(tree.steps)
        last = tree.steps[-1] if tree.steps else None
        self._last_key = isinstance(last, Key) and self.definite
        names = [step.names[0] for step in tree.steps if isinstance(step, Key) and len(step.names) == 1]
        self.skim = Skim(tuple(names)) if names and len(names) == len(tree.steps) else None
        self._function = last.name if isinstance(last, Function) else ""
        try:
            self._walk, self._find, self._unwrap = compile_steps(tree.steps)
        except JsonPathSyntaxError:
            raise
        except ValueError as error:
            raise JsonPathSyntaxError(str(error), expression, max(expression.find("?("), 0)) from error

    def __repr__(self) -> str:
        return f"JsonPath({self.expression!r})"

    def find(self, document: Json) -> list[Json]:
        """Every match in document order; [] when there is none."""
        if self._walk is not None:
            value = self._walk(document)
            return [] if value is MISSING else [value]
        found = self._find(document, document)
        return [] if found is None else found

    def value(self, document: Json) -> Json | Missing:
        """The match of a definite path, the list of matches of any other; numbers keep their spelling.

        MISSING when a definite path leads nowhere, and when the definite beginning of another one does
        (`$.absent[*]`); a path that could have matched but did not gives [].
        """
        if self._walk is not None:
            return self._walk(document)
        return self._answer(self._find(document, document))

    def unwrapped(self, document: Json) -> Json | Missing:
        """`value` with numbers as the reference engine's Java code sees them.

        Members of objects are unwrapped (`4.00` -> 4.0, `1E2` -> 100); array elements and the insides of
        containers keep their spelling (GsonJsonProvider.unwrap).
        """
        if self._walk is not None:
            value = self._walk(document)
            return java_number(value) if self._last_key and type(value) is JsonNumber else value
        return self._answer(self._unwrap(document, document))

    def text(self, document: Json) -> str:
        """The answer as text, by the rules of SynapseJsonPath: "" when missing, containers compact.

        Kept for compatibility: an object with a member `members` (or `elements`) answers with that member
        alone; path functions answer only with numbers, booleans and containers, so `$.names.first()` is "".
        """
        value = self.unwrapped(document)
        if self._function and (isinstance(value, str) or self._function == "index"):
            return ""
        if isinstance(value, str):
            return value
        if value is MISSING:
            return ""
        if isinstance(value, dict):
            for name in ("members", "elements"):
                if name in value:
                    return dumps(value[name])
        if isinstance(value, dict | list):
            return dumps(value)
        return java_text(value)

    def text_of(self, document: JsonDocument) -> str:
        """`text` of a document that may not be read yet; cheap for texts, booleans and small integers."""
        if self._walk is not None:
            value = self._walk(document.quick)
            if value is MISSING:
                return ""
            if isinstance(value, str):
                return value
            if value is None or isinstance(value, bool) or (type(value) is int and 0 < value <= LONG_MAX):
                return java_text(value)
        return self.text(document.exact)

    def scalar_of(self, document: JsonDocument) -> str | bool | int | None:
        """The answer of a definite path when it is a text, a boolean or a small positive integer; None for all else."""
        if self._walk is None:
            return None
        value = self._walk(document.quick)
        if isinstance(value, str | bool) or (type(value) is int and 0 < value <= LONG_MAX):
            return value
        return None

    @property
    def ends_at_element(self) -> bool:
        """Whether the answer is the document itself or an array element, not a member of an object."""
        return self._walk is not None and not self._last_key

    def locate(self, document: Json) -> list[Pointer]:
        """Where the matches are: tuples of member names and indexes, () for the root.

        Raises JsonPathEditError for a path with functions: computed values have no place.
        """
        return [pointer for pointer, _ in places.locate(self.tree, document, self._compile_inner)]

    def set_at(self, document: Json, value: Json, *, create: bool = False) -> Json:
        """Put a copy of `value` at every match. `create` adds a missing last member to an existing object.

        Raises PathNotFoundError when there is no place for it.
        """
        return places.set_at(self, document, value, create)

    def add_child(self, document: Json, value: Json) -> Json:
        """Append a copy of `value` to the matched arrays, merge it into the matched objects (it wins).

        Raises PathNotFoundError without a match, JsonPathEditError when a match cannot take this child.
        """
        return places.add_child(self, document, value)

    def remove_at(self, document: Json, *, missing_ok: bool = False) -> Json | Missing:
        """Delete every match; MISSING when that was the root. Raises PathNotFoundError without a match."""
        return places.remove_at(self, document, missing_ok)

    def rename_key(self, document: Json, name: str) -> Json:
        """Give the matched members another name; a renamed member moves to the end of its object.

        Raises PathNotFoundError without a match, JsonPathEditError when the path leads to array elements.
        """
        return places.rename_key(self, document, name)

    def _answer(self, found: list[Json] | None) -> Json | Missing:
        if found is None:
            return MISSING
        if not self.definite:
            return found
        return found[-1] if found else MISSING

    @staticmethod
    def _compile_inner(path: Path) -> Read:
        return compile_operand(path)


class _ForeignPath(JsonPath):
    """A path that jsonpath-ng evaluates; taken as indefinite."""

    __slots__ = ("_foreign",)

    def __init__(self, expression: str, foreign: places.Locator) -> None:
        self._foreign = foreign
        self.expression = expression
        self.tree = Path(())
        self.is_root = False
        self.definite = False
        self._last_key = False
        self._function = ""
        self.skim = None
        self._walk = None
        self._find = self._unwrap = lambda document, root: [value for _, value in foreign(document)]

    def locate(self, document: Json) -> list[Pointer]:
        return [pointer for pointer, _ in self._foreign(document) if pointer is not None]
