from __future__ import annotations

import pytest

from engine.diagnostics import Problems
from engine.source.document import SYNAPSE, Document, parse_document
from engine.source.node import Node


def read(text: str) -> tuple[Node, Problems]:
    document = parse_document("a.xml", text.replace(">", f' xmlns="{SYNAPSE}">', 1).encode())
    assert isinstance(document, Document)
    problems = Problems()
    return Node(document.root, document, problems), problems


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ('<resource methosd="GET"></resource>', "methods", "so the resource takes every method"),
        ('<property scoep="axis2"></property>', "scope", "so the property goes to scope default"),
        ('<http methdo="get"></http>', "method", "so the method of the request is used"),
    ],
)
def test_misspelt_attribute_says_what_follows(text: str, asked: str, expected: str) -> None:
    node, problems = read(text)
    node.attribute(asked)
    node.finish()
    [problem] = problems
    assert expected in problem.message
    assert problem.hint == f"did you mean {asked!r}?"


def test_misspelt_child_says_what_follows_and_knows_names_that_are_not_there() -> None:
    node, problems = read("<switch><caes/></switch>")
    node.children("case")
    node.finish()
    [problem] = problems
    assert "so that case does not exist" in problem.message
    assert problem.hint == "did you mean <case>?"


def test_child_in_another_namespace_says_what_follows() -> None:
    node, problems = read('<timeout><x:duration xmlns:x="urn:other">1</x:duration></timeout>')
    node.child("duration")
    node.finish()
    [problem] = problems
    assert problem.code == "SYN003"
    assert "no time limit of its own" in problem.message


def test_consequence_is_not_told_when_the_attribute_is_there_too() -> None:
    node, problems = read('<log level="full" levle="full"></log>')
    node.attribute("level")
    node.finish()
    [problem] = problems
    assert problem.message.endswith("it is ignored")
