"""JSONPath as the reference engine evaluates it (Jayway JsonPath with the Gson provider)."""

from engine.expressions.jsonpath.errors import JsonPathEditError, JsonPathSyntaxError, PathNotFoundError
from engine.expressions.jsonpath.path import JsonPath, compile_jsonpath, compile_jsonpaths
from engine.expressions.jsonpath.places import Pointer
from engine.values.missing import MISSING

__all__ = [
    "MISSING",
    "JsonPath",
    "JsonPathEditError",
    "JsonPathSyntaxError",
    "PathNotFoundError",
    "Pointer",
    "compile_jsonpath",
    "compile_jsonpaths",
]
