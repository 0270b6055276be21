"""Short spellings for the values that shapes are made of."""

from __future__ import annotations

from typing import Any

from engine.schema.values import Kind, ValueSpec


def text(name: str, **more: Any) -> ValueSpec:
    """Any text."""
    return ValueSpec(name, Kind.TEXT, **more)


def flag(name: str, **more: Any) -> ValueSpec:
    """`true` or `false`; another word counts as false unless the value is strict."""
    return ValueSpec(name, Kind.FLAG, **{"strict": False, **more})


def choice(name: str, *choices: str, **more: Any) -> ValueSpec:
    """One of some words."""
    return ValueSpec(name, Kind.CHOICE, choices=choices, **more)


def words(name: str, *choices: str, **more: Any) -> ValueSpec:
    """A list of some words."""
    return ValueSpec(name, Kind.WORDS, choices=choices, **more)


def integer(name: str, **more: Any) -> ValueSpec:
    """A whole number."""
    return ValueSpec(name, Kind.INTEGER, **more)


def decimal(name: str, **more: Any) -> ValueSpec:
    """A number."""
    return ValueSpec(name, Kind.DECIMAL, **more)


def codes(name: str, **more: Any) -> ValueSpec:
    """A list of whole numbers."""
    return ValueSpec(name, Kind.CODES, **more)


def expression(name: str, **more: Any) -> ValueSpec:
    """An expression in any language."""
    return ValueSpec(name, Kind.EXPRESSION, **more)


def xpath(name: str, **more: Any) -> ValueSpec:
    """An XPath and nothing else."""
    return ValueSpec(name, Kind.XPATH, **more)


def synapse(name: str, **more: Any) -> ValueSpec:
    """A `${...}` expression and nothing else."""
    return ValueSpec(name, Kind.SYNAPSE, **more)


def value(name: str, **more: Any) -> ValueSpec:
    """A constant or `{expression}`."""
    return ValueSpec(name, Kind.VALUE, **more)


def key(name: str, refers: str, **more: Any) -> ValueSpec:
    """The name of another artifact, or `{expression}`."""
    return ValueSpec(name, Kind.VALUE, refers=refers, **more)


def reference(name: str, refers: str, **more: Any) -> ValueSpec:
    """The name of another artifact, written out."""
    return ValueSpec(name, Kind.TEXT, refers=refers, **more)


def regex(name: str, **more: Any) -> ValueSpec:
    """A Java regular expression."""
    return ValueSpec(name, Kind.REGEX, **more)


def url(name: str, **more: Any) -> ValueSpec:
    """An address to send to."""
    return ValueSpec(name, Kind.URL, **more)


def class_name(name: str, *known: str, **more: Any) -> ValueSpec:
    """A class name; of the known ones a near miss is told."""
    return ValueSpec(name, Kind.CLASS, choices=known, **more)
