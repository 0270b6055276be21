"""Synapse's own XPath functions: get-property, base64Encode, base64Decode, url-encode, hmac-generate and others."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from lxml import etree

from engine.errors import ExpressionError
from engine.expressions.scopes import get_property
from engine.message.context import MessageContext
from engine.message.values import Nodes, TextNode, string_of

FUNCTION_NAMES = "urn:synflow:functions"
CORE_FUNCTIONS = frozenset(
    {
        "last",
        "position",
        "count",
        "id",
        "local-name",
        "namespace-uri",
        "name",
        "string",
        "concat",
        "starts-with",
        "contains",
        "substring-before",
        "substring-after",
        "substring",
        "string-length",
        "normalize-space",
        "translate",
        "boolean",
        "not",
        "true",
        "false",
        "lang",
        "number",
        "sum",
        "floor",
        "ceiling",
        "round",
    }
)
_local = threading.local()


@contextmanager
def evaluating(message: MessageContext) -> Iterator[None]:
    """Let the functions below see the message while an expression is evaluated on this thread."""
    before = getattr(_local, "message", None)
    _local.message = message
    try:
        yield
    finally:
        _local.message = before


def _message() -> MessageContext:
    message = getattr(_local, "message", None)
    assert isinstance(message, MessageContext)
    return message


def _text(value: Any) -> str:
    """An argument as text: of a node list the first node's string value, numbers as XPath writes them."""
    if isinstance(value, list):
        if not value:
            return ""
        value = value[0]
    if isinstance(value, etree._Element):
        return "".join(str(part) for part in value.itertext(etree.Element))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return xpath_number_text(value)
    return str(value)


def xpath_number_text(value: float) -> str:
    """A number as XPath's string() writes it: no exponent, no point where there is no fraction."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def _get_property(context: Any, *arguments: Any) -> Any:
    value = get_property(_message(), [_text(each) for each in arguments])
    if value is None:
        return []
    if isinstance(value, etree._Element):
        return [value]
    if isinstance(value, TextNode):
        return [value.element()]
    if isinstance(value, Nodes):
        return [item.element() if isinstance(item, TextNode) else item for item in value]
    if isinstance(value, bool | float | str):
        return value
    return float(value) if isinstance(value, int) else string_of(value)


def _base64_encode(context: Any, *arguments: Any) -> str:
    """UTF-8 unless a charset is given; "" for nothing and for a wrong number of arguments."""
    if not 1 <= len(arguments) <= 2:
        return ""
    text = _text(arguments[0])
    return base64.b64encode(_encoded(text, arguments)).decode("ascii") if text else ""


def _base64_decode(context: Any, *arguments: Any) -> str:
    """Foreign characters are skipped and the result is trimmed, as the reference does."""
    if not 1 <= len(arguments) <= 2:
        return ""
    kept = "".join(c for c in _text(arguments[0]) if c.isascii() and (c.isalnum() or c in "+/"))
    try:
        data = base64.b64decode(kept + "=" * (-len(kept) % 4))
    except binascii.Error as error:
        raise ExpressionError(f"base64Decode: the text is not Base64: {error}") from error
    try:
        return data.decode(_charset(arguments), "replace").strip()
    except LookupError as error:
        raise ExpressionError(f"{_charset(arguments)!r} is no character set") from error


def _url_encode(context: Any, *arguments: Any) -> str:
    """As a path with query: blanks become %20, `% ` is escaped, a plus before the query becomes %2B."""
    if not 1 <= len(arguments) <= 2:
        return ""
    path, mark, query = _text(arguments[0]).partition("?")
    charset = _charset(arguments)
    keep = "/?&=:@,;$!*'()-_.~"
    try:
        coded = quote(path, safe=keep, encoding=charset, errors="replace")
        return coded + mark + quote(query, safe=keep + "+", encoding=charset, errors="replace")
    except LookupError as error:
        raise ExpressionError(f"{charset!r} is no character set") from error


def _hmac_generate(context: Any, *arguments: Any) -> str:
    """Lower-case hex of an HMAC; HmacSHA1 unless an algorithm is named."""
    if not 2 <= len(arguments) <= 3:
        raise ExpressionError("hmac-generate takes a payload, a secret and perhaps an algorithm")
    name = _text(arguments[2]) if len(arguments) == 3 else "HmacSHA1"
    algorithm = name.lower().removeprefix("hmac").replace("-", "")
    if algorithm not in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
        raise ExpressionError(
            f"hmac-generate does not know the algorithm {name!r}; HmacSHA1, HmacSHA256, HmacSHA512 ..."
        )
    return hmac.new(_text(arguments[1]).encode(), _text(arguments[0]).encode(), getattr(hashlib, algorithm)).hexdigest()


def _charset(arguments: tuple[Any, ...]) -> str:
    return _text(arguments[1]) if len(arguments) == 2 else "utf-8"


def _encoded(text: str, arguments: tuple[Any, ...]) -> bytes:
    charset = _charset(arguments)
    try:
        return text.encode(charset, "replace")
    except LookupError as error:
        raise ExpressionError(f"{charset!r} is no character set") from error


def _concat(context: Any, *arguments: Any) -> str:
    """XPath's concat, with all digits of a number (libxml2 writes 15)."""
    return "".join(_text(each) for each in arguments)


def _string(context: Any, argument: Any) -> str:
    """XPath's string of one argument, with all digits of a number."""
    return _text(argument)


def _ends_with(context: Any, text: Any, end: Any) -> bool:
    return _text(text).endswith(_text(end))


def _upper_case(context: Any, text: Any) -> str:
    return _text(text).upper()


def _lower_case(context: Any, text: Any) -> str:
    return _text(text).lower()


def _unsupported(name: str) -> Callable[..., str]:
    def refuse(context: Any, *arguments: Any) -> str:
        raise ExpressionError(
            f"{name}() needs a Java key store or vault, which this engine does not have",
            detail="give secrets through the environment and read them with get-property('env', 'NAME')",
        )

    return refuse


EXTENSION_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "get-property": _get_property,
    "base64Encode": _base64_encode,
    "base64Decode": _base64_decode,
    "url-encode": _url_encode,
    "hmac-generate": _hmac_generate,
    "ends-with": _ends_with,
    "upper-case": _upper_case,
    "lower-case": _lower_case,
    "encrypt": _unsupported("encrypt"),
    "decrypt": _unsupported("decrypt"),
    "vault-lookup": _unsupported("vault-lookup"),
}
EXACT_FUNCTIONS: dict[str, Callable[..., Any]] = {"concat": _concat, "string": _string}
"""Stand in for core functions where numbers are calculated."""
FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    (FUNCTION_NAMES, name): function for name, function in {**EXTENSION_FUNCTIONS, **EXACT_FUNCTIONS}.items()
}
