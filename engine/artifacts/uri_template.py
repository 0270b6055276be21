"""URI templates of API resources: matching request paths and taking the variables out of them. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

from engine.records import dataclass

_VARIABLE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?::(?P<length>[0-9]+))?")
_OPERATORS = "+#./"
_PATH_STOPS = "/?#"
# In a query the reference engine's set stays (a literal + or & there separates or encodes something); in a path every
# character that RFC 3986 allows in a segment belongs to the value.
_QUERY_STOPS = ":/?#[]@!$&'()*+,;="
_QUERY_TAIL = r"(?:/?\?.*|/?)"


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that must be there as it is (percent-encoded as in the request)."""

    text: str


@dataclass(frozen=True, slots=True)
class Variables:
    """One `{...}`: its operator ("" for a simple one), names and exact lengths (0: any)."""

    operator: str
    names: tuple[str, ...]
    lengths: tuple[int, ...]


Part = Literal | Variables


class UriTemplate:
    """A compiled `uri-template` (commons.templates.uri.URITemplate of the reference engine).

    Matched against what follows the API's context, query included, still percent-encoded. Raises ValueError with the
    position and the reason when the text is no template. The regular expression is made for the first request that
    needs it: it is put together from parts that are right already, and a start has many templates to read.
    """

    __slots__ = ("_captures", "_pattern", "_plain", "doubts", "first_segment", "names", "parts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts = _parse(text if text == "/" else text.removesuffix("/"))
        self.names = tuple(dict.fromkeys(_names(self.parts)))
        self.doubts = tuple(_doubts(text, self.parts))
        self.first_segment = _first_segment(self.parts)
        self._captures = [part for part in self.parts if isinstance(part, Variables)]
        self._plain = not self.names
        self._pattern: re.Pattern[str] | None = None

    def match(self, path: str) -> dict[str, str] | None:
        """The variables, percent-decoded (a `+` stays a plus), when `path` matches; None when it does not."""
        pattern = self._pattern
        if pattern is None:
            pattern = self._pattern = re.compile(_regex(self.parts), re.DOTALL)
        found = pattern.fullmatch(path)
        if found is None:
            return None
        if self._plain:
            return {}
        values: dict[str, str] = {}
        for part, raw in zip(self._captures, found.groups(), strict=True):
            if not _take(part, raw, values):
                return None
        return values

    def __repr__(self) -> str:
        return f"UriTemplate({self.text!r})"


def _take(part: Variables, raw: str, values: dict[str, str]) -> bool:
    """Put the values of one `{...}` into `values`; False when they contradict the template."""
    names = part.names
    if len(names) == 1:
        texts = [raw]
    else:
        separator = part.operator if part.operator in ("/", ".") else ","
        texts = raw.split(separator)
        if len(texts) > len(names):
            return False
        texts.extend([""] * (len(names) - len(texts)))
    for name, text, length in zip(names, texts, part.lengths, strict=True):
        value = unquote(text) if "%" in text else text
        if (length and len(value) != length) or values.setdefault(name, value) != value:
            return False
    return True


def _parse(text: str) -> list[Part]:
    parts: list[Part] = []
    position = 0
    while position < len(text):
        opening = text.find("{", position)
        literal = text[position:] if opening < 0 else text[position:opening]
        if "}" in literal:
            raise ValueError(f"there is a }} at character {position + literal.index('}') + 1} without its {{")
        if literal:
            parts.append(Literal(literal))
        if opening < 0:
            break
        if not parts:
            raise ValueError("it must begin with a literal, usually /, not with a variable")
        closing = text.find("}", opening)
        inner = text[opening + 1 :] if closing < 0 else text[opening + 1 : closing]
        parts.append(_variables(inner, opening))
        position = len(text) if closing < 0 else closing + 1
    return parts


def _variables(inner: str, position: int) -> Variables:
    where = f"at character {position + 1}"
    if "{" in inner:
        raise ValueError(f"the {{ {where} is not closed before the next one")
    if not inner:
        raise ValueError(f"the {{}} {where} names no variable")
    operator = inner[0] if inner[0] in _OPERATORS else ""
    if inner[0] in ";?&|!=@,":
        raise ValueError(f"{{{inner}}} {where} uses the operator {inner[0]!r}, which resources do not have")
    names: list[str] = []
    lengths: list[int] = []
    for item in inner[len(operator) :].split(","):
        found = _VARIABLE.fullmatch(item)
        if found is None:
            raise ValueError(f"{item!r} in {{{inner}}} {where} is no variable name (letters, digits, '.', '-' and '_')")
        names.append(found["name"])
        lengths.append(int(found["length"] or 0))
    return Variables(operator, tuple(names), tuple(lengths))


def _names(parts: list[Part]) -> list[str]:
    return [name for part in parts if isinstance(part, Variables) for name in part.names]


def _regex(parts: list[Part]) -> str:
    """The whole template as one regular expression with one group a `{...}`; it never backtracks into a value."""
    whole = "".join(part.text for part in parts if isinstance(part, Literal))
    has_query = "?" in whole
    pattern: list[str] = []
    in_query = False
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if isinstance(part, Literal):
            in_query = in_query or "?" in part.text
            if last and part.text.endswith("*"):
                after_variable = index > 0 and part.text == "/*"
                pattern.append(r"(?:/.*|\?.*)?" if after_variable else re.escape(part.text[:-1]) + ".*")
                return "".join(pattern)
            pattern.append(re.escape(part.text))
        else:
            pattern.append(_group(part, _stop_after(parts, index), in_query))
    if len(parts) == 1 and parts[0] == Literal("/"):
        return r"/(?:\?.*)?"
    pattern.append("/?" if has_query else _QUERY_TAIL)
    return "".join(pattern)


def _stop_after(parts: list[Part], index: int) -> str:
    """The character at which the value before it ends, "" when nothing follows."""
    if index + 1 == len(parts):
        return ""
    following = parts[index + 1]
    if isinstance(following, Literal):
        return following.text[0]
    return following.operator if following.operator in ("#", ".", "/") else ""


def _group(part: Variables, stop: str, in_query: bool) -> str:
    # A value may be empty between literals, but not where the path has ended (as the reference engine has it).
    more = "" if in_query else "(?=.)"
    if part.operator in ("+", "#"):
        run = f"[^{re.escape(stop)}]*+" if stop else ".*+"
        return f"(?:{re.escape(part.operator)})({run})" if part.operator == "#" else f"{more}({run})"
    if part.operator:  # a label {.x} or a segment {/x}
        stops = re.escape("".join(dict.fromkeys(_PATH_STOPS + part.operator + stop)))
        one = f"[^{stops}]*+"
        rest = f"(?:{re.escape(part.operator)}{one}){{0,{len(part.names) - 1}}}" if len(part.names) > 1 else ""
        return f"{re.escape(part.operator)}({one}{rest})"
    listed = set(_QUERY_STOPS if in_query else _PATH_STOPS) | set(stop)
    if len(part.names) > 1 and stop != ",":
        listed.discard(",")
    return f"{more}([^{re.escape(''.join(sorted(listed)))}]*+)"


def _first_segment(parts: list[Part]) -> str | None:
    """The first path segment when it is the same for everything that matches, else None."""
    first = parts[0] if parts else None
    if not isinstance(first, Literal) or not first.text.startswith("/"):
        return None
    segment, slash, _ = first.text[1:].partition("/")
    segment, query, _ = segment.partition("?")
    if slash or query:
        return segment
    return segment if len(parts) == 1 and not segment.endswith("*") else None


def _doubts(text: str, parts: list[Part]) -> list[str]:
    """What loads but hardly does what its author meant, each as one sentence."""
    doubts = []
    if text.count("{") > text.count("}"):
        doubts.append("its last { is not closed; it counts as closed at the end")
    texts = [part.text for part in parts if isinstance(part, Literal)]
    if not texts or not (texts[0].startswith("/") or texts == ["*"]):
        doubts.append("it does not begin with /, so no request matches it")
    for index, part in enumerate(parts):
        if isinstance(part, Literal) and "*" in part.text[: -1 if index == len(parts) - 1 else None]:
            doubts.append("a * counts as a wildcard only at the very end; here only a literal * matches")
            break
    names = _names(parts)
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            doubts.append(f"{{{name}}} stands in it more than once: only requests with equal values there match")
    return doubts + _query_doubts(parts)


def _query_doubts(parts: list[Part]) -> list[str]:
    skeleton = "".join(part.text if isinstance(part, Literal) else "\0" + part.operator + "\0" for part in parts)
    _, mark, query = skeleton.partition("?")
    if not mark or query in ("*", "\0+\0"):
        return []
    for pair in query.split("&"):
        if "=" not in pair and pair != "*":
            return ["its query part is matched literally and in order: a parameter there has the form name={value}"]
    return []
