"""A compiled JSONPath and what can be asked of it.

Definite paths (keys and single indexes only) are a walk over a ready tuple; everything else is a chain of functions
over node lists. What the grammar of Jayway does not have (steps in slices, unions of whole paths, `` `parent` ``,
arithmetic) is left to jsonpath-ng, see fallback.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from engine.expressions.jsonpath import places
from engine.expressions.jsonpath.ast import Filter, Function, Index, Key, Literal, Path, Regex, Scan, Slice, Step
from engine.expressions.jsonpath.conditions import Read
from engine.expressions.jsonpath.fallback import compile_with_jsonpath_ng
from engine.expressions.jsonpath.functions import AGGREGATES, apply_function
from engine.expressions.jsonpath.parser import JsonPathSyntaxError, parse_path
from engine.expressions.jsonpath.places import Pointer
from engine.expressions.jsonpath.steps import Advance, compile_step
from engine.values.java_text import java_text
from engine.values.json_document import Json, JsonNumber, dumps, java_number
from engine.values.missing import MISSING, Missing

Walk: TypeAlias = Callable[[Json], Json | Missing]

_compiled: dict[str, JsonPath] = {}


def compile_jsonpath(text: str) -> JsonPath:
    """The path for this text, compiled once per process.

    Raises JsonPathSyntaxError, a ValueError with `position`, when neither Jayway's grammar nor jsonpath-ng takes it.
    """
    path = _compiled.get(text)
    if path is None:
        path = _compiled[text] = _compile(text)
    return path


def _compile(text: str) -> JsonPath:
    try:
        return JsonPath(text, parse_path(text))
    except JsonPathSyntaxError as error:
        other = compile_with_jsonpath_ng(text)
        if other is None:
            raise
        del error
        return _ForeignPath(text, other)


class JsonPath:
    """A path ready to use; safe to share between messages and threads.

    Answers are parts of the document itself, not copies. `set_at`, `add_child`, `remove_at` and `rename_key` change
    the document in place and return it (a path to the root returns the new root).
    """

    __slots__ = ("_find", "_last_key", "_unwrap", "_walk", "definite", "expression", "is_root", "tree")

    expression: str
    definite: bool
    """Whether there can be only one match; then `value` is that match, otherwise the list of matches."""
    is_root: bool
    """`$` alone. For a message body the reference engine answers with the raw text then: the caller's job."""

    def __init__(self, expression: str, tree: Path) -> None:
        self.expression = expression
        self.tree = tree
        self.is_root = not tree.steps
        self.definite = _is_definite(tree.steps)
        self._last_key = bool(tree.steps) and isinstance(tree.steps[-1], Key) and self.definite
        try:
            self._walk, self._find, self._unwrap = _compile_steps(tree.steps)
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

        Members of objects are unwrapped (`4.00` -> 4.0, `1E2` -> 100); array elements and the insides of containers
        keep their spelling (GsonJsonProvider.unwrap).
        """
        if self._walk is not None:
            value = self._walk(document)
            return java_number(value) if self._last_key and type(value) is JsonNumber else value
        return self._answer(self._unwrap(document, document))

    def text(self, document: Json) -> str:
        """The answer as text, by the rules of SynapseJsonPath: "" when missing, containers compact.

        An object that has a member `members` (or `elements`) answers with that member alone: kept for compatibility.
        """
        value = self.unwrapped(document)
        if isinstance(value, str):
            return "" if self._ends_in_function() else value
        if value is MISSING:
            return ""
        if isinstance(value, dict):
            for name in ("members", "elements"):
                if name in value:
                    return dumps(value[name])
        if isinstance(value, dict | list):
            return dumps(value)
        return java_text(value)

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
        """Append a copy of `value` to the matched arrays; merge it into the matched objects (its members win).

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

    def _ends_in_function(self) -> bool:
        return bool(self.tree.steps) and isinstance(self.tree.steps[-1], Function)

    @staticmethod
    def _compile_inner(path: Path) -> Read:
        return _compile_operand(path)


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
        self._walk = None
        self._find = self._unwrap = lambda document, root: [value for _, value in foreign(document)]

    def locate(self, document: Json) -> list[Pointer]:
        return [pointer for pointer, _ in self._foreign(document) if pointer is not None]


def _is_definite(steps: Sequence[Step]) -> bool:
    definite = True
    for number, step in enumerate(steps):
        if isinstance(step, Key):
            definite = definite and (len(step.names) == 1 or number == len(steps) - 1)
        elif isinstance(step, Index):
            definite = definite and len(step.numbers) == 1
        elif isinstance(step, Function):
            definite = definite or _takes_all_matches(step, steps)
        else:
            definite = False
    return definite


def _takes_all_matches(function: Function, steps: Sequence[Step]) -> bool:
    """Whether a function after many matches works on their list: aggregates do, and any function after `$..`."""
    return function.name in AGGREGATES or isinstance(steps[0], Scan)


_Find: TypeAlias = Callable[[Json, Json], list[Json] | None]


def _compile_steps(steps: Sequence[Step]) -> tuple[Walk | None, _Find, _Find]:
    """The walk if the path is definite and plain, and the general search with numbers as spelled and as in Java.

    The search answers None when the definite beginning of the path is not there.
    """
    plain = 0
    while plain < len(steps) and _plain_key(steps[plain]) is not None:
        plain += 1
    keys = [_plain_key(step) for step in steps[:plain]]
    walk = _compile_walk([key for key in keys if key is not None])
    if plain == len(steps):
        return walk, _never, _never
    rest = steps[plain:]
    return (
        None,
        _compile_search(walk, steps[:plain], rest, unwrap=False),
        _compile_search(walk, steps[:plain], rest, unwrap=True),
    )


def _never(document: Json, root: Json) -> list[Json] | None:
    raise AssertionError("a definite path is walked, not searched")


def _plain_key(step: Step) -> str | int | None:
    if isinstance(step, Key) and len(step.names) == 1:
        return step.names[0]
    if isinstance(step, Index) and len(step.numbers) == 1:
        return step.numbers[0]
    return None


def _compile_walk(keys: list[str | int]) -> Walk:
    if not keys:
        return lambda document: document
    if len(keys) == 1 and isinstance(name := keys[0], str):
        return lambda document: document.get(name, MISSING) if type(document) is dict else MISSING
    steps = tuple(keys)
    if all(isinstance(key, str) for key in keys):

        def walk_names(node: Json) -> Json | Missing:
            try:
                for name in steps:
                    node = node[name]
            except (KeyError, TypeError):
                return MISSING
            return node

        return walk_names

    def walk(node: Json) -> Json | Missing:
        try:
            for key in steps:
                if type(node) is not (list if type(key) is int else dict):
                    return MISSING
                node = node[key]
        except (KeyError, IndexError):
            return MISSING
        return node

    return walk


def _compile_search(walk: Walk, beginning: Sequence[Step], rest: Sequence[Step], unwrap: bool) -> _Find:
    advances = _compile_advances(rest, unwrap)
    first = rest[0]
    lists_only = isinstance(first, Slice | Index)
    no_scalars = isinstance(first, Filter)
    objects_only = isinstance(first, Key)

    def find(document: Json, root: Json) -> list[Json] | None:
        node = walk(document)
        if node is MISSING:
            return [] if _index_is_out_of_range(document, beginning) else None
        if (
            (lists_only and not isinstance(node, list))
            or (objects_only and not isinstance(node, dict))
            or (no_scalars and not isinstance(node, list | dict))
        ):
            return None
        nodes = [node]
        for advance in advances:
            nodes = advance(nodes, root)
        return nodes

    return find


def _index_is_out_of_range(document: Json, beginning: Sequence[Step]) -> bool:
    """Whether the beginning fails at an array that is too short; Jayway then has no match instead of an error."""
    node = document
    for step in beginning:
        key = _plain_key(step)
        if isinstance(key, int) and isinstance(node, list) and not -len(node) <= key < len(node):
            return True
        node = _compile_walk([key])(node) if key is not None else MISSING
    return False


def _compile_advances(steps: Sequence[Step], unwrap: bool) -> list[Advance]:
    advances: list[Advance] = []
    scanning = False
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        if isinstance(step, Scan):
            scanning = True
            continue
        if isinstance(step, Function):
            advances.append(_compile_function(step, steps[:number]))
        else:
            advances.append(compile_step(step, scanning, last, unwrap and last, _compile_operand))
        scanning = False
    return advances


def _compile_function(function: Function, before: Sequence[Step]) -> Advance:
    arguments = [
        _compile_operand(item) if isinstance(item, Path) else _constant(item.value)
        for item in function.arguments
        if not isinstance(item, Regex)
    ]
    together = bool(before) and not _is_definite(before) and _takes_all_matches(function, before)

    def advance(nodes: list[Json], root: Json) -> list[Json]:
        given = [argument(root, root) for argument in arguments]
        subjects = [nodes] if together else nodes
        results = [apply_function(function.name, subject, given) for subject in subjects]
        return [result for result in results if result is not MISSING]

    return advance


def _constant(value: Json) -> Read:
    return lambda node, root: value


def _compile_operand(path: Path | Literal) -> Read:
    """A path inside a filter or argument: read from the node in question (`@`) or from the root (`$`)."""
    if isinstance(path, Literal):
        return _constant(path.value)
    definite = _is_definite(path.steps)
    walk, find, _ = _compile_steps(path.steps)
    from_current = path.from_current
    if walk is not None:
        step = walk
        if from_current:
            return lambda node, root: step(node)
        return lambda node, root: step(root)

    def read(node: Json, root: Json) -> Json | Missing:
        found = find(node if from_current else root, root)
        if found is None:
            return MISSING
        if definite:
            return found[-1] if found else MISSING
        return found

    return read
