"""What the text of an attribute or element may look like: kinds of values, each with its check."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from engine.diagnostics import Severity
from engine.expressions import ExpressionSyntaxError, compile_xpath
from engine.records import dataclass
from engine.registry import nearest
from engine.schema.cron import cron_problem

if TYPE_CHECKING:
    from engine.build import Build
    from engine.source.node import Node

_PLACEHOLDER = re.compile(
    r"\$(SYSTEM|FILE|CUSTOM_\w+):|\$\{configs\.|\$\{[A-Za-z_]\w*\}$|\{(?:wso2|hashicorp):vault-lookup\("
)


class Kind(Enum):
    """Kinds of values."""

    TEXT = "text"
    FLAG = "true or false"
    CHOICE = "one of some words"
    WORDS = "a list of some words"
    INTEGER = "a whole number"
    DECIMAL = "a number"
    CODES = "a list of whole numbers"
    EXPRESSION = "an expression in any language"
    XPATH = "an XPath"
    SYNAPSE = "a ${...} expression"
    JSONPATH = "a JSONPath"
    VALUE = "a constant or {expression}"
    REGEX = "a regular expression"
    URL = "an address"
    CRON = "a cron expression"
    CLASS = "a class name"


@dataclass(frozen=True, slots=True)
class ValueSpec:
    """One value: how it is called, what it looks like, what follows when it is missing or wrong.

    `strict`: a wrong one keeps the artifact from being deployed; else it is a warning and `otherwise` says what is
    taken instead. `why` says what follows when it is missing. `refers` is the kind of artifact that it names.
    `dynamic`: `{expression}` may stand in its place. `empty_ok`: an empty one is a value like others.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    fold: bool = False
    strict: bool = True
    minimum: int | None = None
    maximum: int | None = None
    refers: str = ""
    why: str = ""
    otherwise: str = ""
    dynamic: bool = False
    empty_ok: bool = False
    separators: str = ", "


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands: an attribute of an element, or its text. `noun` is how messages call it."""

    node: Node
    attribute: str | None
    noun: str

    def say(self, spec: ValueSpec, code: str, message: str, hint: str = "") -> None:
        """Report a wrong value: an error when the spec is strict, else a warning with what is taken instead."""
        if spec.strict:
            self.report(Severity.ERROR, code, message, hint)
        else:
            self.report(Severity.WARNING, code, message + (f"; {spec.otherwise}" if spec.otherwise else ""), hint)

    def report(self, severity: Severity, code: str, message: str, hint: str = "") -> None:
        """Report something about this place."""
        place = self.node.document.text_place(self.node.element) if self.attribute is None else None
        self.node.report(code, severity, message, attribute=self.attribute, hint=hint, place=place)


def check_value(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    """Report what is wrong with `text`, which is not blank."""
    if _PLACEHOLDER.match(text.strip()):
        return
    if spec.dynamic and text.startswith("{") and text.endswith("}"):
        build.compiled_value(spot.node, text, attribute=spot.attribute)
        return
    _CHECKS[spec.kind](spec, spot, text, build)
    if spec.refers and not (text.startswith("{") and text.endswith("}")):
        _refer(spec, spot, text, build)


def _refer(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    if spot.attribute is not None:
        build.refer(spec.refers, text, spot.node, spot.attribute)
    else:
        build.refer(spec.refers, text.strip(), spot.node, in_text=True)


def _free(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    """Any text will do."""


def _flag(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    if text.strip().lower() not in ("true", "false"):
        near = nearest(text.strip().lower(), ("true", "false"))
        otherwise = "" if spec.strict else f"; {spec.otherwise or 'it counts as false'}"
        spot.report(
            Severity.ERROR if spec.strict else Severity.WARNING,
            "SYN024",
            f"{spot.noun} is {text!r}, neither true nor false{otherwise}",
            f"did you mean {near!r}?" if near else "write true or false",
        )


def _choice(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    wanted = text.strip()
    if wanted in spec.choices or (spec.fold and wanted.lower() in (each.lower() for each in spec.choices)):
        return
    near = nearest(wanted, spec.choices)
    spot.say(
        spec,
        "SYN022",
        f"{spot.noun} is {text!r}, which is none of {', '.join(spec.choices)}",
        f"did you mean {near!r}?" if near else "one of: " + ", ".join(spec.choices),
    )


def _words(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    for word in filter(None, re.split(f"[{re.escape(spec.separators)}]+", text.strip())):
        if word != "*":
            _choice(spec, spot, word, build)


def _integer(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    found = re.fullmatch(r"[+-]?\d+", text.strip())
    number = int(text) if found else None
    if number is not None and not _outside(spec, number):
        return
    bounds = f" of at least {spec.minimum}" if spec.minimum is not None else ""
    bounds += f" and at most {spec.maximum}" if spec.maximum is not None else ""
    message = f"{spot.noun} must be a whole number{bounds}, not {text.strip()!r}"
    if number is not None:  # the reference engine takes any number; what it does with it is in `otherwise`
        spot.report(
            Severity.WARNING,
            "SYN023",
            message + (f"; {spec.otherwise}" if spec.otherwise else ""),
            "write a number that makes sense here or remove it",
        )
    else:
        spot.say(spec, "SYN023", message, "write digits only, without a unit")


def _outside(spec: ValueSpec, number: int) -> bool:
    return (spec.minimum is not None and number < spec.minimum) or (spec.maximum is not None and number > spec.maximum)


def _decimal(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    try:
        float(text)
    except ValueError:
        spot.say(spec, "SYN023", f"{spot.noun} must be a number, not {text.strip()!r}", "write for example 2.0")


def _codes(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    for word in text.replace(",", " ").split():
        if not re.fullmatch(r"[+-]?\d+", word):
            spot.say(
                spec,
                "SYN023",
                f"{spot.noun} must be whole numbers separated by commas, not {word!r}",
                "write for example 101503,101504",
            )


def _expression(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    build.compiled_expression(spot.node, text, attribute=spot.attribute)


def _xpath(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    if text.startswith("json-eval(") or (text.startswith("${") and text.endswith("}")):
        spot.report(
            Severity.ERROR,
            "SYN030",
            f"{spot.noun} takes XPath only, not {text!r}",
            "put the value in a property and write get-property('name')",
        )
        return
    try:
        expression = compile_xpath(text, spot.node.namespaces)
    except ExpressionSyntaxError as error:
        spot.report(Severity.ERROR, error.code, f"{spot.noun} is no expression: {error}", error.hint)
        return
    for note in expression.notes:
        spot.report(Severity.WARNING, note.code, note.message, note.hint)


def _synapse(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    if text.startswith("${") and text.endswith("}"):
        _expression(spec, spot, text, build)
    else:
        spot.say(
            spec,
            "SYN030",
            f"{spot.noun} must be a ${{...}} expression, not {text!r}",
            f"write ${{{text.strip('${}')}}}",
        )


def _jsonpath(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    inner = text if text.startswith("json-eval(") else f"json-eval({text})"
    build.compiled_expression(spot.node, inner, attribute=spot.attribute)


def _value(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    build.compiled_value(spot.node, text, attribute=spot.attribute)


def _regex(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    build.regex(spot.node, spot.attribute or spec.name, text, in_text=spot.attribute is None)


def _url(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    from engine.endpoints.destination import check_address

    check_address(spot.node, text.strip(), spot.attribute)


def _cron(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    problem = cron_problem(text)
    if problem:
        spot.say(
            spec,
            "SYN029",
            f"{spot.noun} is {text!r}, which is no cron expression: {problem}",
            'seconds minutes hours day-of-month month day-of-week [year], for example "0 0/5 * * * ?"',
        )


def _class(spec: ValueSpec, spot: Spot, text: str, build: Build) -> None:
    name = text.strip()
    if not re.fullmatch(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*", name):
        spot.say(spec, "SYN022", f"{spot.noun} is {text!r}, which is no class name", "write package.Class")
        return
    folded = {each.lower(): each for each in spec.choices}
    if not spec.choices or name in spec.choices:
        return
    near = folded.get(name.lower()) or nearest_class(name, spec.choices)
    if near is not None:
        spot.say(spec, "SYN017", f"{spot.noun} is {name!r}, which is no class known here", f"did you mean {near!r}?")
    else:
        own = "." in name and not name.startswith("org.apache.synapse.")
        spot.report(
            Severity.WARNING if own or not spec.strict else Severity.ERROR,
            "SYN017",
            f"{spot.noun} is {name!r}, a class of your own or a misspelt one: it is not known here",
            "known: " + ", ".join(spec.choices),
        )


def nearest_class(name: str, known: tuple[str, ...]) -> str | None:
    """The class that a misspelt name most likely meant: near as a whole, or the same simple name elsewhere."""
    from difflib import get_close_matches

    found = get_close_matches(name, known, n=1, cutoff=0.9)
    if found:
        return found[0]
    simple = name.rpartition(".")[2].lower()
    return next((each for each in known if each.rpartition(".")[2].lower() == simple), None)


_CHECKS: dict[Kind, Callable[[ValueSpec, Spot, str, Build], None]] = {
    Kind.TEXT: _free,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
    Kind.WORDS: _words,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.CODES: _codes,
    Kind.EXPRESSION: _expression,
    Kind.XPATH: _xpath,
    Kind.SYNAPSE: _synapse,
    Kind.JSONPATH: _jsonpath,
    Kind.VALUE: _value,
    Kind.REGEX: _regex,
    Kind.URL: _url,
    Kind.CRON: _cron,
    Kind.CLASS: _class,
}
