"""Shapes: missing, unknown, repeated and misplaced parts."""

from __future__ import annotations

import pytest

from engine.schema import Shape, many, one
from engine.schema.shape import FLOW, FREE, Table
from engine.schema.words import flag, integer, text
from tests.engine.schema.test_schema_values import checked

LEAF = Shape(text=text("leaf", required=True))


def codes(xml: str, shape: Shape) -> list[tuple[str, str]]:
    return [(problem.code, problem.severity.value) for problem in checked(xml, shape)[0]]


def test_required_attribute_and_child() -> None:
    shape = Shape((text("v", required=True),), (one("b", FREE, required=True),))
    assert codes("<a/>", shape) == [("SYN020", "error"), ("SYN025", "error")]
    assert codes('<a v="1"><b/></a>', shape) == []


def test_unknown_parts() -> None:
    shape = Shape((text("value"),), (one("body", FREE),))
    assert codes('<a vlaue="1"><boyd/>x</a>', shape) == [
        ("SYN012", "warning"),
        ("SYN013", "warning"),
        ("SYN014", "warning"),
    ]


def test_child_that_stands_once() -> None:
    assert codes("<a><b/><b/></a>", Shape(children=(one("b", FREE),))) == [("SYN026", "warning")]
    assert codes("<a><b/><b/></a>", Shape(children=(many("b", FREE),))) == []


def test_empty_text_that_is_required() -> None:
    assert codes("<a><b> </b></a>", Shape(children=(one("b", LEAF),))) == [("SYN021", "error")]


def test_missing_child_is_told_behind_the_one_before() -> None:
    shape = Shape(children=(one("first", FREE), one("second", FREE, required=True)))
    [problem] = checked("<a>\n<first>\n</first>\n</a>", shape)[0]
    assert (problem.line, problem.column) == (3, 9)


def test_misspelt_required_child_is_told_at_its_place() -> None:
    shape = Shape(children=(one("second", FREE, required=True),))
    problem = checked("<a>\n\n<secnod/>\n</a>", shape)[0][0]
    assert (problem.code, problem.line, problem.hint) == ("SYN025", 3, "is <secnod> meant to be <second>?")


def test_mediators_inside_are_compiled() -> None:
    assert codes("<a><lgo/></a>", FLOW) == [("SYN010", "error")]


def test_rules_see_the_element() -> None:
    seen = []
    checked("<a/>", Shape(rules=(lambda node, build: seen.append(node.tag),)))
    assert seen == ["a"]


TABLE = Shape(
    table=Table("p", {"max.delivery.attempts": integer("n"), "is.active": flag("f")}, families=("x.",), owner="it")
)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('<p name="max.delivery.attempts">4</p>', []),
        ('<p name="max.delivery.attempst">4</p>', [("SYN015", "warning")]),
        ('<p name="max.delivery.attempts">four</p>', [("SYN023", "error")]),
        ('<p name="is.active"> </p>', [("SYN021", "warning")]),
        ('<p name="my.own">1</p>', []),
        ('<p name="x.is.activ">1</p>', []),
        ("<p>1</p>", [("SYN020", "error")]),
        ('<p name="is.active">true</p><p name="is.active">false</p>', [("SYN026", "warning")]),
    ],
)
def test_tables_of_names_and_values(entry: str, expected: list[tuple[str, str]]) -> None:
    assert codes(f"<a>{entry}</a>", TABLE) == expected


def test_closed_table_refuses_other_names() -> None:
    shape = Shape(table=Table("p", {"one": text("one")}, closed=True))
    assert codes('<a><p name="other">1</p></a>', shape) == [("SYN015", "error")]


def test_table_names_what_must_be_there() -> None:
    shape = Shape(table=Table("p", {"one": text("one")}, required={"one": "nothing works"}))
    [problem] = checked("<a/>", shape)[0]
    assert (problem.code, "nothing works" in problem.message) == ("SYN016", True)
