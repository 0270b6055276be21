"""Kinds of values: what each accepts and how it says what is wrong."""

from __future__ import annotations

import pytest

from engine.build import Build
from engine.diagnostics import Problem, Problems
from engine.schema import Shape, check
from engine.schema.cron import cron_problem
from engine.schema.values import ValueSpec
from engine.schema.words import (
    choice,
    class_name,
    codes,
    decimal,
    expression,
    flag,
    integer,
    key,
    reference,
    regex,
    synapse,
    text,
    url,
    value,
    words,
    xpath,
)
from engine.source.document import SYNAPSE, Document, parse_document
from engine.source.node import Node


def checked(xml: str, shape: Shape) -> tuple[list[Problem], Build]:
    document = parse_document("a.xml", xml.replace("<a", f'<a xmlns="{SYNAPSE}"', 1).encode())
    assert isinstance(document, Document)
    problems = Problems()
    build = Build(document, problems)
    check(Node(document.root, document, problems, "x"), shape, build)
    return list(problems), build


@pytest.mark.parametrize(
    ("spec", "good", "bad", "code"),
    [
        (flag("v"), "TRUE", "yes", "SYN024"),
        (choice("v", "one", "two"), "two", "Two", "SYN022"),
        (choice("v", "one", "two", fold=True), "TWO", "three", "SYN022"),
        (words("v", "GET", "POST"), "GET, POST", "GET, PSOT", "SYN022"),
        (integer("v"), "-3", "3s", "SYN023"),
        (integer("v", minimum=1), "1", "0", "SYN023"),
        (integer("v", dynamic=True), "{$ctx:n}", "{$ctx:n", "SYN023"),
        (decimal("v"), "2.5", "two", "SYN023"),
        (codes("v"), "101503, 101504", "101503,x", "SYN023"),
        (expression("v"), "json-eval($.a)", "json-eval()", "SYN031"),
        (xpath("v"), "//a", "json-eval($.a)", "SYN030"),
        (xpath("v"), "$ctx:a", "//a[", "SYN030"),
        (synapse("v"), "${payload.a}", "payload.a", "SYN030"),
        (value("v"), "{$ctx:a}", "{$ctx:a", "SYN084"),
        (regex("v"), "[a-z]+", "[a-z", "SYN033"),
        (url("v"), "https://example.org/a", "exmaple", "SYN045"),
        (class_name("v", "org.example.Known"), "org.example.Known", "org.example.Knwon", "SYN017"),
        (class_name("v"), "org.example.Any", "no class", "SYN022"),
        (text("v"), "anything", " ", "SYN021"),
    ],
    ids=lambda each: f"{each.kind.name} {each.name}" if isinstance(each, ValueSpec) else None,
)
def test_kinds_of_values(spec: ValueSpec, good: str, bad: str, code: str) -> None:
    assert checked(f"<a v='{good}'/>", Shape((spec,)))[0] == []
    assert [problem.code for problem in checked(f"<a v='{bad}'/>", Shape((spec,)))[0]] == [code]


def test_values_of_the_deployment_are_not_judged() -> None:
    for placeholder in ("$SYSTEM:PORT", "$FILE:port", "${configs.port}", "{wso2:vault-lookup(&quot;x&quot;)}"):
        assert checked(f'<a v="{placeholder}"/>', Shape((integer("v"),)))[0] == []


def test_names_of_other_artifacts_are_remembered_unless_worked_out() -> None:
    shape = Shape((reference("v", "sequence"), key("w", "localEntry")))
    _, build = checked('<a v="one" w="two"/>', shape)
    assert [(each.kind, each.key) for each in build.references] == [("sequence", "one"), ("localEntry", "two")]
    _, build = checked('<a w="{$ctx:name}"/>', shape)
    assert build.references == []


def test_lenient_value_is_a_warning_with_what_is_taken() -> None:
    spec = choice("v", "one", strict=False, otherwise="one is taken")
    [problem] = checked('<a v="x"/>', Shape((spec,)))[0]
    assert (problem.severity.value, problem.message.rpartition("; ")[2]) == ("warning", "one is taken")


@pytest.mark.parametrize(
    "cron",
    [
        "0 0 3 * * ?",
        "0/5 * * * * ?",
        "0 15 10 ? * MON-FRI",
        "0 0 12 L * ?",
        "0 0 12 ? * 6#3 2030",
        "0 0 12 LW * ?",
        "0 0 0 1 JAN,JUL ?",
    ],
)
def test_cron_expressions_of_quartz(cron: str) -> None:
    assert cron_problem(cron) == ""


@pytest.mark.parametrize(
    ("cron", "problem"),
    [
        ("0 3 * * *", "it has 5 fields, not 6 or 7"),
        ("0 0 3 * * *", "one of day of month and day of week must be ?"),
        ("0 0 3 ? * ?", "day of month and day of week cannot both be ?"),
        ("60 0 3 * * ?", "'60' stands in the seconds field"),
        ("0 0 3 * FOO ?", "'FOO' stands in the month field"),
        ("0 0/x 3 * * ?", "the step 'X' stands in the minutes field"),
    ],
)
def test_wrong_cron_expressions_say_where(cron: str, problem: str) -> None:
    assert cron_problem(cron) == problem
