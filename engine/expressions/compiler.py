"""Telling the languages apart and compiling each."""

from __future__ import annotations

from collections.abc import Mapping

from engine.expressions.base import Expression


def compile_expression(text: str, namespaces: Mapping[str, str]) -> Expression:
    """Compile the text of an `expression=`, `xpath=` or `source=` attribute. Raises ExpressionSyntaxError.

    `json-eval(...)` is JSONPath, `${...}` the Synapse expression language, everything else XPath 1.0.
    """
    if text.startswith("json-eval("):
        from engine.expressions.json_eval import compile_json_eval

        return compile_json_eval(text, namespaces)
    if text.startswith("${") and text.endswith("}"):
        from engine.expressions.synapse_expression import compile_synapse_expression

        return compile_synapse_expression(text, namespaces)
    return compile_xpath(text, namespaces)


def compile_xpath(text: str, namespaces: Mapping[str, str]) -> Expression:
    """Compile an XPath 1.0 expression with Synapse variables and functions. Raises ExpressionSyntaxError."""
    from engine.expressions.xpath import compile_xpath as compile_text

    return compile_text(text, namespaces)


def compile_json_path(text: str, namespaces: Mapping[str, str]) -> Expression:
    """Compile a JSONPath, written with or without `json-eval(...)` around it. Raises ExpressionSyntaxError."""
    from engine.expressions.json_eval import compile_json_eval

    return compile_json_eval(text if text.startswith("json-eval(") else f"json-eval({text})", namespaces)
