"""Where the matches of a path are, and changes there. Slower than reading; for those that write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from engine.expressions.jsonpath.ast import Filter, Function, Index, Key, Path, Scan, Slice, Step, Wildcard
from engine.expressions.jsonpath.conditions import CompilePath, Test, compile_condition
from engine.expressions.jsonpath.errors import JsonPathEditError, PathNotFoundError
from engine.values.json_document import Json, clone
from engine.values.missing import MISSING, Missing

if TYPE_CHECKING:
    from engine.expressions.jsonpath.path import JsonPath

Pointer: TypeAlias = tuple[str | int, ...]
"""The way to a place: member names and (non-negative) indexes; () is the root."""
Located: TypeAlias = tuple[Pointer, Json]
Locator: TypeAlias = Callable[[Json], list[tuple[Pointer | None, Json]]]
"""Matches of a foreign path; None as pointer for a computed value."""


def locate(tree: Path, document: Json, compile_path: CompilePath) -> list[Located]:
    """Every match with its place, in the order `find` gives them."""
    matches: list[Located] = [((), document)]
    scanning = False
    for step in tree.steps:
        if isinstance(step, Scan):
            scanning = True
            continue
        if isinstance(step, Function):
            raise JsonPathEditError(f"{step.name}() computes a value, it has no place in the document")
        if scanning:
            matches = [below for match in matches for below in _descend(match)]
        test = compile_condition(step.condition, compile_path) if isinstance(step, Filter) else None
        matches = [found for match in matches for found in _next(match, step, document, test, scanning)]
        scanning = False
    return matches


def _descend(match: Located) -> list[Located]:
    order: list[Located] = []
    stack = [match]
    while stack:
        here = stack.pop()
        if isinstance(here[1], dict | list):
            order.append(here)
            stack += reversed(list(_children(here)))
    return order


def _children(match: Located) -> Iterator[Located]:
    pointer, node = match
    if isinstance(node, dict):
        yield from (((*pointer, name), item) for name, item in node.items())
    elif isinstance(node, list):
        yield from (((*pointer, number), item) for number, item in enumerate(node))


def _next(match: Located, step: Step, root: Json, test: Test | None, scanning: bool) -> Iterator[Located]:
    pointer, node = match
    if isinstance(step, Wildcard):
        yield from _children(match)
    elif isinstance(step, Key):
        if isinstance(node, dict):
            yield from (((*pointer, name), node[name]) for name in step.names if name in node)
    elif test is not None:
        yield from _passing(match, root, test, scanning)
    elif isinstance(node, list):
        places = range(len(node))
        numbers: list[int] = []
        if isinstance(step, Index):
            numbers = [places[number] for number in step.numbers if -len(node) <= number < len(node)]
        elif isinstance(step, Slice):
            numbers = list(places[step.start : step.stop])
        yield from (((*pointer, number), node[number]) for number in numbers)


def _passing(match: Located, root: Json, test: Test, scanning: bool) -> Iterator[Located]:
    _, node = match
    if isinstance(node, dict):
        if test(node, root):
            yield match
    elif not scanning or test(node, root):
        for place, item in _children(match):
            if not (scanning and isinstance(item, dict)) and test(item, root):
                yield place, item


def set_at(path: JsonPath, document: Json, value: Json, create: bool) -> Json:
    """See JsonPath.set_at."""
    pointers = path.locate(document)
    if not pointers and create:
        pointers = _missing_members(path, document)
    if not pointers:
        raise PathNotFoundError(f"{path.expression} leads nowhere in this document")
    if () in pointers:
        return clone(value)
    # Every parent is looked up before anything changes: a match may lie inside another one.
    for parent, key in [(_parent(document, pointer), pointer[-1]) for pointer in pointers]:
        parent[key] = clone(value)
    return document


def _missing_members(path: JsonPath, document: Json) -> list[Pointer]:
    if not path.tree.steps or not isinstance(last := path.tree.steps[-1], Key):
        return []
    above = locate(Path(path.tree.steps[:-1]), document, path._compile_inner)
    return [(*pointer, name) for pointer, node in above if isinstance(node, dict) for name in last.names]


def _parent(document: Json, pointer: Pointer) -> Json:
    node = document
    for key in pointer[:-1]:
        node = node[key]
    return node


def add_child(path: JsonPath, document: Json, value: Json) -> Json:
    """See JsonPath.add_child."""
    pointers = path.locate(document)
    if not pointers:
        raise PathNotFoundError(f"{path.expression} leads nowhere in this document")
    added = clone(value)
    for number, target in enumerate([_parent(document, (*pointer, "")) for pointer in pointers]):
        child = clone(added) if number else added
        if isinstance(target, list):
            target.append(child)
        elif isinstance(target, dict) and isinstance(child, dict):
            target.update(child)
        elif isinstance(target, dict):
            raise JsonPathEditError(f"only an object can be merged into the object at {path.expression}")
        else:
            raise JsonPathEditError(f"{path.expression} leads to neither an array nor an object")
    return document


def remove_at(path: JsonPath, document: Json, missing_ok: bool) -> Json | Missing:
    """See JsonPath.remove_at."""
    pointers = path.locate(document)
    if not pointers and not missing_ok:
        raise PathNotFoundError(f"{path.expression} leads nowhere in this document")
    # Back to front, so that removing an element does not move the ones still to go; a set, as `[0,0]` names
    # one twice.
    targets = [(_parent(document, pointer), pointer[-1]) for pointer in set(pointers) if pointer]
    if len(targets) < len(set(pointers)):
        return MISSING
    for parent, key in sorted(
        targets, key=lambda target: target[1] if isinstance(target[1], int) else -1, reverse=True
    ):
        del parent[key]
    return document


def rename_key(path: JsonPath, document: Json, name: str) -> Json:
    """See JsonPath.rename_key."""
    pointers = path.locate(document)
    if not pointers:
        raise PathNotFoundError(f"{path.expression} leads nowhere in this document")
    if any(not pointer or not isinstance(pointer[-1], str) for pointer in pointers):
        raise JsonPathEditError(f"{path.expression} does not lead to a member, so there is no key to rename")
    for parent, key in [(_parent(document, pointer), pointer[-1]) for pointer in pointers]:
        parent[name] = parent.pop(key)
    return document
