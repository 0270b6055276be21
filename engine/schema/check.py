"""Checking one element against its shape; every finding is a located problem, nothing is raised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.diagnostics import Severity
from engine.registry import nearest
from engine.schema.shape import Child, Shape, Table
from engine.schema.values import Spot, ValueSpec, check_value
from engine.source.document import local_name

if TYPE_CHECKING:
    from engine.build import Build
    from engine.source.node import Node


def check(node: Node, shape: Shape, build: Build, *, skip: Iterable[str] = ()) -> None:
    """Report everything that is wrong with `node` and what it holds. `skip`: children that somebody else reads."""
    for spec in shape.attributes:
        check_attribute(node, spec, build)
    for name in shape.ignored:
        node.has(name)
    for rule in shape.rules:
        rule(node, build)
    if shape.free:
        node.accept_anything()
    if shape.text is not None:
        _check_text(node, shape.text, build)
    if shape.endpoint:
        build.endpoint(node)
        return
    if shape.table is not None:
        check_table(node, shape.table, build)
    for number, child in enumerate(shape.children):
        _check_children(node, child, build, [each.name for each in shape.children[:number]])
    if shape.flow:
        build.mediators(node, skip=[child.name for child in shape.children])
    known = [child.name for child in shape.children]
    if shape.table is not None:
        known.append(shape.table.element)
    node.finish(known_children=[*known, *skip])


def check_attribute(node: Node, spec: ValueSpec, build: Build) -> None:
    """Report what is wrong with one attribute, missing ones included."""
    text = node.element.get(spec.name)
    if text is None or (text.strip() and not spec.required):
        node.has(spec.name)
    if text is None:
        if spec.required:
            node.attribute(spec.name, required=True, why=spec.why)
        return
    if not text.strip():
        if spec.empty_ok and spec.required and spec.refers:
            node.attribute(spec.name, why=spec.why)
        elif spec.empty_ok:
            node.has(spec.name)
        else:
            node.attribute(spec.name, required=spec.required or spec.strict, why=spec.why)
        return
    node.has(spec.name)
    check_value(spec, Spot(node, spec.name, f"{spec.name!r} of <{node.tag}>"), text, build)


def _check_text(node: Node, spec: ValueSpec, build: Build) -> None:
    text = node.raw_text()
    if text.strip():
        check_value(spec, Spot(node, None, f"<{node.tag}>"), text.strip(), build)
    elif spec.required:
        severity = Severity.ERROR if spec.strict else Severity.WARNING
        node.report(
            "SYN021",
            severity,
            f"<{node.tag}> is empty" + (f"; {spec.why}" if spec.why else ""),
            hint="write a value or remove it",
        )
    elif not spec.empty_ok and not len(node.element):
        node.empty()


def _check_children(node: Node, child: Child, build: Build, after: list[str]) -> None:
    if child.anywhere:
        found = node.children_anywhere(child.name)
    elif child.many:
        found = node.children(child.name)
    else:
        first = node.child(child.name)
        found = [first] if first is not None else []
    if not found and child.required:
        node.lacks_child(child.name, why=child.why, after=after)
    for each in found:
        check(each, child.resolved, build)


def check_table(node: Node, table: Table, build: Build) -> None:
    """Check children that are name and value, such as `<parameter name="interval">1000</parameter>`."""
    seen: dict[str, int] = {}
    for child in node.children(table.element):
        name = child.attribute("name", required=True, why="it cannot be told what it sets")
        if name is not None:
            name = name.strip()
            if name in seen:
                child.warning(
                    "SYN026",
                    f"<{node.tag}> has the {table.element} {name!r} already at line {seen[name]}; the last one counts",
                    attribute="name",
                    hint="remove one of them",
                )
            seen[name] = child.line
            _check_entry(child, name, table, build)
        _finish_entry(child, table)
    for name, why in table.required.items():
        if name not in seen:
            node.report(
                "SYN016",
                Severity.WARNING,
                f"{table.owner or node.tag} needs the {table.element} {name!r}; {why}",
                hint=f'add <{table.element} name="{name}"...>',
            )


def _check_entry(child: Node, name: str, table: Table, build: Build) -> None:
    spec = table.known.get(name)
    if spec is None:
        _unknown_entry(child, name, table)
        return
    if table.value:
        text = child.element.get(table.value)
        child.has(table.value)
    else:
        text = child.raw_text()
    given = any(child.has(other) for other in table.also) or len(child.element) > 0
    noun = f"the {table.element} {name!r}"
    if text is not None and text.strip():
        check_value(spec, Spot(child, table.value or None, noun), text.strip(), build)
    elif not given and not spec.empty_ok:
        child.warning(
            "SYN021", f"{noun} has no value" + (f"; {spec.why}" if spec.why else ""), hint="write a value or remove it"
        )


def _unknown_entry(child: Node, name: str, table: Table) -> None:
    if not table.known or any(name.startswith(family) for family in table.families):
        return
    near = nearest_name(name, table.known)
    if not near and not table.complete and not table.closed:
        return
    owner = table.owner or "it"
    child.report(
        "SYN015",
        Severity.ERROR if table.closed else Severity.WARNING,
        f"{owner} knows no {table.element} {name!r}; " + ("it is refused" if table.closed else "it is ignored"),
        attribute="name",
        hint=f"did you mean {near!r}?" if near else "known: " + ", ".join(sorted(table.known)),
    )


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name meant by a slip; dotted names must be very alike, since many share their beginnings."""
    from difflib import get_close_matches

    names = list(known)
    by_case = {each.lower(): each for each in names}
    if name.lower() in by_case:
        return by_case[name.lower()]
    if "." not in name:
        return nearest(name, names)
    found = get_close_matches(name, names, n=1, cutoff=0.85)
    return found[0] if found else None


def _finish_entry(child: Node, table: Table) -> None:
    for name in ("value", "expression", "key", "locked", *table.also, *((table.value,) if table.value else ())):
        child.has(name)
    if len(child.element) and child.raw_text().strip():
        child.warning(
            "SYN014",
            f"the {table.element} holds an element and a text, which is ignored",
            place=child.document.text_place(child.element),
            hint="remove it",
        )
    if not table.value:
        child.raw_text()
        child.accept_content()
    elif any(True for each in child.element if local_name(each)):
        child.accept_content()
    child.finish()
