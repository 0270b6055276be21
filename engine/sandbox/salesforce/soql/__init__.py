"""SOQL: parse a query, check it against the org's objects, turn it into SQL."""

from engine.sandbox.salesforce.soql.compiler import CompiledQuery, compile_query
from engine.sandbox.salesforce.soql.parser import parse

__all__ = ["CompiledQuery", "compile_query", "parse"]
