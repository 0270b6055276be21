"""Steps of a path as functions over lists of nodes.

A step gets the nodes matched so far and the root, and returns the nodes it leads to. Each kind exists in
two shapes: plain, and `unwrap`, where numbers reached as members of an object become what Java makes of
them (see java_number).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from engine.expressions.jsonpath.ast import Filter, Index, Key, Scan, Slice, Step, Wildcard
from engine.expressions.jsonpath.conditions import CompilePath, Test, compile_condition
from engine.values.json_document import Json, JsonNumber, java_number

Advance: TypeAlias = Callable[[list[Json], Json], list[Json]]


def compile_step(step: Step, after_scan: bool, last: bool, unwrap: bool, compile_path: CompilePath) -> Advance:
    """The function for one step; after `..` it is tried on every node below as well."""
    advance = _advance(step, last, unwrap, compile_path)
    if not after_scan:
        return advance
    if isinstance(step, Filter):
        test = compile_condition(step.condition, compile_path)
        return lambda nodes, root: _scanned_filter(nodes, root, test)
    return lambda nodes, root: advance([below for node in nodes for below in descend(node)], root)


def descend(node: Json) -> list[Json]:
    """The containers in a tree, each before what it contains. No recursion, whatever the depth."""
    if not isinstance(node, dict | list):
        return []
    order: list[Json] = []
    stack = [node]
    while stack:
        container = stack.pop()
        order.append(container)
        items = container.values() if isinstance(container, dict) else container
        stack += [item for item in reversed(list(items)) if isinstance(item, dict | list)]
    return order


def _scanned_filter(nodes: list[Json], root: Json, test: Test) -> list[Json]:
    """Below `..` an object passes as itself; of an array that passes, its elements other than objects."""
    matched: list[Json] = []
    for node in nodes:
        for below in descend(node):
            if not test(below, root):
                continue
            if isinstance(below, dict):
                matched.append(below)
            else:
                matched += [item for item in below if not isinstance(item, dict) and test(item, root)]
    return matched


def _advance(step: Step, last: bool, unwrap: bool, compile_path: CompilePath) -> Advance:
    match step:
        case Key(names):
            if len(names) == 1:
                return _member(names[0], unwrap)
            return _merged(names, unwrap) if last else _members(names)
        case Index(numbers):
            return _element(numbers[0]) if len(numbers) == 1 else _elements(numbers)
        case Slice(start, stop):
            bounds = slice(start, stop)
            return lambda nodes, root: [item for node in nodes if isinstance(node, list) for item in node[bounds]]
        case Wildcard():
            return _everything_java if unwrap else _everything
        case Filter(condition):
            return _filtered(compile_condition(condition, compile_path))
        case Scan():
            return lambda nodes, root: nodes
        case _:
            raise TypeError(f"{step!r} is no step over nodes")


def _java(value: Json) -> Json:
    return java_number(value) if type(value) is JsonNumber else value


def _member(name: str, unwrap: bool) -> Advance:
    if unwrap:
        return lambda nodes, root: [_java(node[name]) for node in nodes if isinstance(node, dict) and name in node]
    return lambda nodes, root: [node[name] for node in nodes if isinstance(node, dict) and name in node]


def _members(names: tuple[str, ...]) -> Advance:
    return lambda nodes, root: [
        node[name] for node in nodes if isinstance(node, dict) for name in names if name in node
    ]


def _merged(names: tuple[str, ...], unwrap: bool) -> Advance:
    """`['a','b']` at the end of a path gives one object with those members."""
    convert = _java if unwrap else _same

    def advance(nodes: list[Json], root: Json) -> list[Json]:
        return [
            {name: convert(node[name]) for name in names if name in node} for node in nodes if isinstance(node, dict)
        ]

    return advance


def _same(value: Json) -> Json:
    return value


def _element(number: int) -> Advance:
    def advance(nodes: list[Json], root: Json) -> list[Json]:
        return [node[number] for node in nodes if isinstance(node, list) and -len(node) <= number < len(node)]

    return advance


def _elements(numbers: tuple[int, ...]) -> Advance:
    def advance(nodes: list[Json], root: Json) -> list[Json]:
        return [
            node[number]
            for node in nodes
            if isinstance(node, list)
            for number in numbers
            if -len(node) <= number < len(node)
        ]

    return advance


def _everything(nodes: list[Json], root: Json) -> list[Json]:
    found: list[Json] = []
    for node in nodes:
        if isinstance(node, list):
            found += node
        elif isinstance(node, dict):
            found += node.values()
    return found


def _everything_java(nodes: list[Json], root: Json) -> list[Json]:
    found: list[Json] = []
    for node in nodes:
        if isinstance(node, list):
            found += node
        elif isinstance(node, dict):
            found += [_java(item) for item in node.values()]
    return found


def _filtered(test: Test) -> Advance:
    def advance(nodes: list[Json], root: Json) -> list[Json]:
        found: list[Json] = []
        for node in nodes:
            if isinstance(node, list):
                found += [item for item in node if test(item, root)]
            elif isinstance(node, dict) and test(node, root):
                found.append(node)
        return found

    return advance
