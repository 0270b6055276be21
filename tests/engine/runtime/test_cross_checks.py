"""What can be told only when all artifacts are known."""

from __future__ import annotations

from pathlib import Path

from engine.diagnostics import Problem
from engine.runtime.deployer import Deployer
from engine.source.document import SYNAPSE

NS = f'xmlns="{SYNAPSE}"'
TEMPLATE = f"""<template {NS} name="greet">
  <parameter name="name" isMandatory="true"/>
  <parameter name="tone"/>
  <sequence><drop/></sequence>
</template>"""


def lint(folder: Path, **files: str) -> list[Problem]:
    for name, text in files.items():
        (folder / f"{name}.xml").write_text(text)
    return list(Deployer((str(folder),), quiet=True).load().problems)


def calling(*parameters: str) -> str:
    given = "".join(f'\n<with-param name="{name}" value="1"/>' for name in parameters)
    return f'<sequence {NS} name="s"><call-template target="greet">{given}</call-template></sequence>'


def test_parameter_that_the_template_does_not_declare(tmp_path: Path) -> None:
    [problem] = lint(tmp_path, t=TEMPLATE, s=calling("name", "tnoe"))
    assert (problem.code, problem.line, problem.hint) == ("SYN016", 3, "did you mean 'tone'?")


def test_mandatory_parameter_that_is_not_given(tmp_path: Path) -> None:
    [problem] = lint(tmp_path, t=TEMPLATE, s=calling("tone"))
    assert (problem.code, problem.line) == ("SYN016", 1)
    assert "500101" in problem.message


def test_complete_call_is_fine(tmp_path: Path) -> None:
    assert lint(tmp_path, t=TEMPLATE, s=calling("name", "tone")) == []


def test_one_name_for_two_kinds_is_told_at_both(tmp_path: Path) -> None:
    found = lint(
        tmp_path, a=f'<sequence {NS} name="x"><drop/></sequence>', b=f'<localEntry {NS} key="x">1</localEntry>'
    )
    assert [(problem.code, Path(problem.file).name) for problem in found] == [("SYN057", "a.xml"), ("SYN057", "b.xml")]


def test_sequences_in_a_circle_are_told_at_each_call(tmp_path: Path) -> None:
    def calls(name: str, other: str) -> str:
        return f'<sequence {NS} name="{name}"><sequence key="{other}"/></sequence>'

    found = lint(tmp_path, a=calls("a", "b"), b=calls("b", "c"), c=calls("c", "a"), d=calls("d", "a"))
    assert [(problem.code, Path(problem.file).stem) for problem in found] == [
        ("SYN096", "a"),
        ("SYN096", "b"),
        ("SYN096", "c"),
    ]


def test_text_behind_the_root_is_ignored_with_a_warning(tmp_path: Path) -> None:
    [problem] = lint(tmp_path, a=f'<sequence {NS} name="x">\n<drop/>\n</sequence>\n</proxy>')
    assert (problem.code, problem.severity.value, problem.line) == ("SYN004", "warning", 4)
