"""Expressions of flows: XPath, `json-eval(...)`, `${...}`, each compiled once when its file is deployed."""

from engine.expressions.base import Expression, ExpressionSyntaxError
from engine.expressions.compiler import compile_expression, compile_json_path, compile_xpath
from engine.expressions.value import Value, compile_value

__all__ = [
    "Expression",
    "ExpressionSyntaxError",
    "Value",
    "compile_expression",
    "compile_json_path",
    "compile_value",
    "compile_xpath",
]
