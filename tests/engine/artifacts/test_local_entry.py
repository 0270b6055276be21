from __future__ import annotations

from pathlib import Path

import pytest

from engine.artifacts.base import read_artifacts
from engine.artifacts.local_entry import LocalEntry
from engine.diagnostics import Problems
from engine.mediators.flow import NamedSequence
from engine.message.values import serialize
from engine.source.document import SYNAPSE
from tests.fakes.flows import artifacts_of, document


def entry(content: str, attributes: str = "") -> LocalEntry:
    found = artifacts_of(f'<localEntry xmlns="{SYNAPSE}" key="e" {attributes}>{content}</localEntry>')[0].item
    assert isinstance(found, LocalEntry)
    return found


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("plain text", "plain text"),
        ('<![CDATA[ {"a": 1} ]]>', '{"a": 1}'),
        ("<description>d</description>word", "word"),
    ],
)
def test_text(content: str, text: str) -> None:
    assert (entry(content).text, entry(content).element) == (text, None)


def test_xml_is_free_of_the_definition_around_it() -> None:
    element = entry('<conf xmlns=""><host port="9">h</host></conf>').element
    assert element is not None
    assert serialize(element) == '<conf><host port="9">h</host></conf>'


def test_a_sequence_inside_can_be_called_by_the_key() -> None:
    found = artifacts_of(
        f'<localEntry xmlns="{SYNAPSE}" key="e"><sequence name="inner"><drop/></sequence></localEntry>'
    )
    assert [(each.kind, each.name) for each in found] == [("localEntry", "e"), ("sequence", "e")]
    assert isinstance(found[1].item, NamedSequence)


@pytest.mark.parametrize(("content", "text", "xml"), [("<a><b/></a>", "", "<a><b/></a>"), ("a,b", "a,b", None)])
def test_a_file_gives_xml_or_text(tmp_path: Path, content: str, text: str, xml: str | None) -> None:
    path = tmp_path / "entry data.x"
    path.write_text(content)
    found = entry("", f'src="file:{str(path).replace(" ", "%20")}"')
    assert (found.text, found.element is not None and serialize(found.element)) == (text, xml or False)


@pytest.mark.parametrize("source", ["file:/nowhere/x.txt", "ftp://h/x", "x.txt"])
def test_a_source_that_cannot_be_read_is_a_problem_at_its_attribute(source: str) -> None:
    problems = Problems()
    read_artifacts(document(f'<localEntry xmlns="{SYNAPSE}" key="e" src="{source}"/>'), problems)
    assert [(each.code, each.line) for each in problems] == [("SYN094", 1)]
