"""What a `${...}` expression may ask of the message it is evaluated on."""

from __future__ import annotations

from typing import Protocol

from engine.values.json_document import Json
from engine.values.missing import Missing


class Scope(Protocol):
    """The message as expressions see it. Everything that is not there is MISSING; null is None.

    Values are texts, numbers, booleans, JSON values or XML: any other object counts as XML and gets its
    text from `xml_text`. Methods may raise EvaluationError (the expression becomes "") or EvaluationFault
    (the fault sequence).
    """

    def payload(self) -> Json | Missing:
        """The body as JSON (XML and text bodies converted); MISSING when it is empty."""
        ...

    def whole_payload(self) -> object | Missing:
        """The body for `${payload}` alone: the XML of an application/xml body, else what `payload` gives."""
        ...

    def variable(self, name: str) -> object | Missing:
        """A variable's value."""
        ...

    def header(self, name: str) -> object | Missing:
        """A transport header, whatever its spelling."""
        ...

    def property(self, scope: str, name: str) -> object | Missing:
        """A property of scope synapse (default) or axis2."""
        ...

    def parameter(self, kind: str, name: str) -> object | Missing:
        """A parameter of kind queryParams, pathParams or functionParams (a fault outside a template)."""
        ...

    def config(self, name: str) -> object | Missing:
        """An artifact parameter."""
        ...

    def registry(self, path: str, key: str | None) -> object | Missing:
        """Text of a registry resource, or one of its properties."""
        ...

    def secret(self, function: str, arguments: list[str]) -> str:
        """wso2-vault or hashicorp-vault."""
        ...

    def xpath(self, expression: str, variable: str | None) -> object | Missing:
        """An XPath on the body, or on the XML of a variable (`name` or `name.key`)."""
        ...

    def xml_text(self, value: object) -> str:
        """The text of a value from `xpath` or a variable that is neither JSON nor a scalar."""
        ...
