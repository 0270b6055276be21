"""The catalogue of codes: complete, current, and right in every example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.diagnostics.catalogue import Code, as_artifact, as_page, catalogue, explained
from engine.runtime.deployer import Deployer

ROOT = Path(__file__).parents[3]
WITHOUT_EXAMPLE = {"SYN042", "SYN050", "SYN051", "SYN052", "SYN054", "SYN056", "SYN099"}
"""Codes that a single file of XML cannot show."""


def codes_of(code: Code, example: str, folder: Path) -> set[str]:
    (folder / "flows").mkdir()
    (folder / "flows" / "example.xml").write_text(code.file(example))
    if code.beside:
        (folder / "flows" / "beside.xml").write_text(as_artifact(code.beside))
    return {problem.code for problem in Deployer((str(folder / "flows"),), quiet=True).load().problems}


EXAMPLES = [code for code in catalogue().values() if code.wrong]


@pytest.mark.parametrize("code", EXAMPLES, ids=lambda code: code.name)
def test_wrong_example_gives_the_code(code: Code, tmp_path: Path) -> None:
    assert code.name in codes_of(code, code.wrong, tmp_path)


@pytest.mark.parametrize("code", EXAMPLES, ids=lambda code: code.name)
def test_right_example_does_not_give_the_code(code: Code, tmp_path: Path) -> None:
    assert code.name not in codes_of(code, code.right, tmp_path)


def test_every_code_that_is_reported_is_in_the_catalogue_and_no_other() -> None:
    used = set()
    for package in ("engine", "connectors"):
        for file in (ROOT / package).rglob("*.py"):
            used |= set(re.findall(r"\bSYN\d{3}\b", file.read_text("utf-8")))
    assert used == set(catalogue())


def test_only_what_a_file_cannot_show_has_no_example() -> None:
    assert {code.name for code in catalogue().values() if not code.wrong} == WITHOUT_EXAMPLE


def test_page_is_current() -> None:
    assert (ROOT / "docs" / "codes.md").read_text("utf-8") == as_page(), (
        "run: python -m engine.diagnostics > docs/codes.md"
    )


def test_explained_names_title_and_cure() -> None:
    text = explained("syn012")
    assert text is not None
    assert text.splitlines()[0] == "SYN012 unknown attribute"
    assert '<log level="full"/>' in text
    assert explained("SYN000") is None
