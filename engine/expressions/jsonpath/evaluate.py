"""A path's steps as one function: a walk for plain definite paths, a chain over node lists for the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from engine.expressions.jsonpath.ast import (
    Filter,
    Function,
    Index,
    Key,
    Literal,
    Path,
    Regex,
    Scan,
    Slice,
    Step,
)
from engine.expressions.jsonpath.conditions import Read
from engine.expressions.jsonpath.functions import AGGREGATES, apply_function
from engine.expressions.jsonpath.steps import Advance, compile_step
from engine.values.json_document import Json, JsonNumber
from engine.values.missing import MISSING, Missing

Walk: TypeAlias = Callable[[Json], Json | Missing]
Search: TypeAlias = Callable[[Json, Json], list[Json] | None]
"""Called with node and root; None when the definite beginning of the path is not there."""


def is_definite(steps: Sequence[Step]) -> bool:
    """Whether these steps can lead to one node at most."""
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
    """Whether a function takes all matches as one list: aggregates do, and any function after `$..`."""
    return function.name in AGGREGATES or isinstance(steps[0], Scan)


def compile_steps(steps: Sequence[Step]) -> tuple[Walk | None, Search, Search]:
    """The walk of a definite, plain path, and the search with numbers as spelled and as in Java.

    The search answers None when the definite beginning of the path is not there.
    """
    plain = 0
    while plain < len(steps) and _plain_key(steps[plain]) is not None:
        plain += 1
    walk = _compile_walk([key for step in steps[:plain] if (key := _plain_key(step)) is not None])
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
    names = tuple(key for key in keys if isinstance(key, str))
    if len(names) == len(keys):

        def walk_names(node: Json) -> Json | Missing:
            try:
                for name in names:
                    node = node[name]
            except (KeyError, TypeError):
                return MISSING
            return node

        return walk_names

    def walk(node: Json) -> Json | Missing:
        try:
            for key in keys:
                if isinstance(key, int):
                    if type(node) is not list:
                        return MISSING
                elif type(node) is not dict:
                    return MISSING
                node = node[key]
        except (KeyError, IndexError):
            return MISSING
        return node

    return walk


def _compile_search(walk: Walk, beginning: Sequence[Step], rest: Sequence[Step], unwrap: bool) -> Search:
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
    """Whether the beginning fails at too short an array: Jayway has no match then, not an error."""
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
            advances.append(compile_step(step, scanning, last, unwrap and last, compile_operand))
        scanning = False
    return advances


def _compile_function(function: Function, before: Sequence[Step]) -> Advance:
    arguments = [
        compile_operand(item) if isinstance(item, Path) else _constant(_json_constant(item.value))
        for item in function.arguments
        if not isinstance(item, Regex)
    ]
    together = bool(before) and not is_definite(before) and _takes_all_matches(function, before)

    def advance(nodes: list[Json], root: Json) -> list[Json]:
        given = [argument(root, root) for argument in arguments]
        subjects = [nodes] if together else nodes
        results = [apply_function(function.name, subject, given) for subject in subjects]
        return [result for result in results if result is not MISSING]

    return advance


def _json_constant(value: Json) -> Json:
    """Numbers of the path's text as numbers of a document."""
    if not isinstance(value, Decimal):
        return value
    text = str(value)
    return int(text) if text.lstrip("-").isdigit() else JsonNumber(text)


def _constant(value: Json) -> Read:
    return lambda node, root: value


def compile_operand(path: Path | Literal) -> Read:
    """A path inside a filter or argument: read from the node in question (`@`) or from the root (`$`)."""
    if isinstance(path, Literal):
        return _constant(path.value)
    definite = is_definite(path.steps)
    walk, find, _ = compile_steps(path.steps)
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
