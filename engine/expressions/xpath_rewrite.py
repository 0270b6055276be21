"""Synapse's XPath text into plain XPath 1.0: variables renamed, functions bound, roots made explicit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.errors import ExpressionError
from engine.expressions import scopes
from engine.expressions.base import ExpressionSyntaxError, Note
from engine.expressions.xpath_functions import CORE_FUNCTIONS, EXACT_FUNCTIONS, EXTENSION_FUNCTIONS
from engine.expressions.xpath_lexer import Token, is_variable, tokenize
from engine.message.context import MessageContext
from engine.records import dataclass
from engine.registry import nearest

Read = Callable[[MessageContext], object | None]
_ROOTS = {"body": "syn_body", "header": "syn_header", "env": "syn_env"}
_ARITHMETIC = frozenset({"+", "-", "*", "div", "mod"})
_STARTS_AFTER = frozenset({"(", "[", ",", "|", "+", "-", "=", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Plan:
    """What to evaluate: the text for REST and for SOAP messages, the one for a payload without envelope, and inputs.

    `single` is set when the whole expression is one property read; `roots` names the envelope parts it needs.
    """

    rest: str
    soap: str
    bare: str | None
    variables: tuple[tuple[str, Read], ...]
    roots: tuple[str, ...]
    content_aware: bool
    single: Read | None
    notes: tuple[Note, ...]
    uses_functions: bool
    has_union: bool


def single_variable(text: str) -> Read | None:
    """What reads `$scope:name` when the text is that alone, as every third expression is; no plan is needed then."""
    if is_variable(text) is None:
        return None
    scope, _, name = text[1:].rpartition(":")
    reader = scopes.VARIABLE_SCOPES.get(scope)
    return None if reader is None else _bind(reader, name)


def rewrite(text: str, namespaces: Mapping[str, str]) -> Plan:
    """Analyse an XPath text. Raises ExpressionSyntaxError."""
    return _Rewriter(text, namespaces).plan()


class _Rewriter:
    def __init__(self, text: str, namespaces: Mapping[str, str]) -> None:
        self.text = text
        self.namespaces = namespaces
        self.tokens = tokenize(text)
        self.variables: dict[str, tuple[str, Read]] = {}
        self.roots: dict[str, None] = {}
        self.notes: list[Note] = []
        self.reads_payload = False
        self.calculates = any(token.kind == "operator" and token.text in _ARITHMETIC for token in self.tokens)

    def plan(self) -> Plan:
        self._check_plain_word()
        constants = self._constant_reads()
        rest: list[str] = []
        soap: list[str] = []
        bare: list[str] | None = []
        depth = 0
        number = 0
        while number < len(self.tokens):
            token = self.tokens[number]
            if number in constants:
                name, skip = constants[number]
                for out in (rest, soap, bare):
                    if out is not None:
                        out.append(f"${name}")
                number += skip
                continue
            starts = self._starts_path(number)
            if token.kind == "symbol":
                depth += token.text in "[(" and token.text == "["
                depth -= token.text == "]"
            piece, soap_piece, bare_piece = self._piece(number, token, starts, depth)
            rest.append(piece)
            soap.append(soap_piece)
            if bare is not None:
                if bare_piece is None:
                    bare = None
                else:
                    bare.append(bare_piece)
            number += 1
        single = self._single(constants)
        return Plan(
            _join(rest),
            _join(soap),
            _join(bare) if bare is not None and self.reads_payload else None,
            tuple(self.variables.values()),
            tuple(self.roots),
            self.reads_payload,
            single,
            tuple(self.notes),
            any("syn:" in piece for piece in rest),
            any(token.text == "|" for token in self.tokens),
        )

    def _check_plain_word(self) -> None:
        """A single name is a path, though it was hardly meant as one."""
        if len(self.tokens) == 1 and self.tokens[0].kind == "name" and ":" not in self.text and "*" not in self.text:
            self.notes.append(
                Note(
                    "SYN053",
                    f"{self.text.strip()!r} is an XPath: it selects the child element of that name in "
                    "the body, and nothing in JSON",
                    f"for a property write $ctx:{self.text.strip()}",
                )
            )

    # -- one token
    def _piece(self, number: int, token: Token, starts: bool, depth: int) -> tuple[str, str, str | None]:
        text = token.text
        if token.kind == "variable":
            return self._variable(number, token)
        if token.kind == "function":
            name = self._function(token)
            if self.calculates and name in EXACT_FUNCTIONS and self._has_arguments(number):
                name = f"syn:{name}"
            return name, name, name
        if token.kind in ("name", "axis") and text != "*":
            self._check_prefix(token)
        if not starts or (depth and text not in ("/", "//")):
            return text, text, text
        self.reads_payload = True
        if text == "/":
            self.roots["syn_env"] = None
            return ("$syn_env/" if self._step_follows(number) else "$syn_env"), text, None
        if text == "//":
            return text, text, text if self._plain_name(number + 1) else None
        return text, text, None

    def _has_arguments(self, number: int) -> bool:
        """Whether something stands between the parentheses of the function at this token."""
        return number + 2 < len(self.tokens) and self.tokens[number + 2].text != ")"

    def _variable(self, number: int, token: Token) -> tuple[str, str, str | None]:
        prefix, _, name = token.text[1:].rpartition(":")
        if name in _ROOTS and prefix not in scopes.VARIABLE_SCOPES:
            self.reads_payload = True
            self.roots[_ROOTS[name]] = None
            return f"${_ROOTS[name]}", f"${_ROOTS[name]}", self._bare_body(number) if name == "body" else None
        alias = self._variable_name(prefix, name, token)
        return f"${alias}", f"${alias}", f"${alias}"

    def _bare_body(self, number: int) -> str | None:
        """`$body/x` and `$body//x` on a payload without envelope are `/x` and `//x`."""
        after = self.tokens[number + 1] if number + 1 < len(self.tokens) else None
        if after is not None and after.text in ("/", "//") and self._plain_name(number + 2, star=after.text == "/"):
            return ""
        return None

    def _variable_name(self, prefix: str, name: str, token: Token) -> str:
        key = f"{prefix}:{name}"
        if key not in self.variables:
            if not prefix:
                self.notes.append(
                    Note(
                        "SYN035",
                        f"${name} is no variable here; the message faults when this is evaluated",
                        f"did you mean $ctx:{name}?",
                    )
                )
                reader: scopes.Read = _unresolvable
            else:
                found = scopes.VARIABLE_SCOPES.get(prefix)
                if found is None:
                    near = nearest(prefix, scopes.VARIABLE_SCOPES)
                    self.notes.append(
                        Note(
                            "SYN035",
                            f"${prefix}: is no scope of variables; the message faults when this is "
                            "evaluated, unless a property of that name holds a map",
                            f"did you mean ${near}:{name}?"
                            if near
                            else "scopes: " + ", ".join(f"${each}:" for each in scopes.VARIABLE_SCOPES),
                        )
                    )
                    found = scopes.prefixed_map_entry(prefix)
                reader = found
            self.variables[key] = (f"syn_v{len(self.variables)}", _bind(reader, name))
        return self.variables[key][0]

    def _function(self, token: Token) -> str:
        prefix, _, name = token.text.rpartition(":")
        if name in EXTENSION_FUNCTIONS:
            return f"syn:{name}"
        if not prefix and name in CORE_FUNCTIONS:
            return name
        near = nearest(name, [*CORE_FUNCTIONS, *EXTENSION_FUNCTIONS])
        if name in CORE_FUNCTIONS:
            return name
        if name in ("json-eval", "json_eval") or not prefix:
            hint = f"did you mean {near}()?" if near else "XPath 1.0 functions and get-property, base64Encode, ..."
            if name == "json-eval":
                hint = "json-eval(...) must be the whole expression"
            if name.startswith("json"):
                raise ExpressionSyntaxError(
                    f"{name}() is no XPath function",
                    position=token.position,
                    hint="did you mean json-eval(...) as the whole expression?",
                )
            self.notes.append(
                Note("SYN036", f"{name}() is no known function; the message faults when this is evaluated", hint)
            )
        else:
            self.notes.append(
                Note(
                    "SYN036",
                    f"{token.text}() is no known function; the message faults when this is evaluated",
                    f"did you mean {near}()?" if near else "",
                )
            )
        return f"syn:{name}" if not prefix else token.text

    def _check_prefix(self, token: Token) -> None:
        prefix = token.text.partition(":")[0] if ":" in token.text and token.kind == "name" else ""
        if prefix and prefix not in self.namespaces:
            self.notes.append(
                Note(
                    "SYN037",
                    f"the namespace prefix {prefix!r} is not declared here; the message faults when this is evaluated",
                    f'add xmlns:{prefix}="..." to the element or one around it',
                )
            )

    # -- shape
    def _starts_path(self, number: int) -> bool:
        """Whether a location path begins with this token."""
        token = self.tokens[number]
        if token.kind not in ("name", "axis", "nodetype") and not (
            token.kind == "symbol" and token.text in ("/", "//", ".", "..", "@")
        ):
            return False
        if number == 0:
            return True
        before = self.tokens[number - 1]
        return before.kind == "operator" or (before.kind == "symbol" and before.text in _STARTS_AFTER)

    def _step_follows(self, number: int) -> bool:
        after = self.tokens[number + 1] if number + 1 < len(self.tokens) else None
        return after is not None and (after.kind in ("name", "axis", "nodetype") or after.text in ("@", ".", ".."))

    def _plain_name(self, number: int, *, star: bool = False) -> bool:
        """Whether the token names elements that cannot be part of an envelope."""
        token = self.tokens[number] if number < len(self.tokens) else None
        if token is None or token.kind != "name":
            return False
        if token.text == "*":
            return star
        return token.text.rpartition(":")[2] not in ("Envelope", "Body", "Header", "*")

    def _constant_reads(self) -> dict[int, tuple[str, int]]:
        """`get-property(...)` calls whose arguments are all literals: read before the XPath runs, null and all."""
        found: dict[int, tuple[str, int]] = {}
        for number, token in enumerate(self.tokens):
            if token.kind != "function" or token.text.rpartition(":")[2] != "get-property":
                continue
            arguments: list[str] = []
            at = number + 2
            while (
                at + 1 < len(self.tokens)
                and self.tokens[at].kind == "literal"
                and self.tokens[at + 1].text in (",", ")")
            ):
                arguments.append(self.tokens[at].text[1:-1])
                if self.tokens[at + 1].text == ")":
                    self._check_scope(arguments)
                    key = "get-property:" + "\0".join(arguments)
                    if key not in self.variables:
                        self.variables[key] = (f"syn_v{len(self.variables)}", _bind_property(arguments))
                    found[number] = (self.variables[key][0], at + 2 - number)
                    break
                at += 2
        return found

    def _check_scope(self, arguments: list[str]) -> None:
        if len(arguments) == 3 and arguments[0] not in scopes.PROPERTY_SCOPES:
            near = nearest(arguments[0], scopes.PROPERTY_SCOPES)
            self.notes.append(
                Note("SYN035", f"get-property has no scope {arguments[0]!r}", f"did you mean {near!r}?" if near else "")
            )
        if (
            len(arguments) == 2
            and arguments[0] not in scopes.PROPERTY_SCOPES
            and arguments[0] not in ("SYSTEM_DATE", "SYSTEM_TIME")
        ):
            near = nearest(arguments[0], scopes.PROPERTY_SCOPES)
            self.notes.append(
                Note(
                    "SYN035",
                    f"get-property has no scope {arguments[0]!r}: it is read as the name of a property "
                    "in the default scope",
                    f"did you mean {near!r}?" if near else "scopes: " + ", ".join(scopes.PROPERTY_SCOPES),
                )
            )

    def _single(self, constants: dict[int, tuple[str, int]]) -> Read | None:
        if len(self.variables) != 1 or self.roots:
            return None
        only = next(iter(self.variables.values()))[1]
        if len(self.tokens) == 1 and self.tokens[0].kind == "variable":
            return only
        return only if constants.get(0, ("", 0))[1] == len(self.tokens) else None


def _bind(reader: scopes.Read, name: str) -> Read:
    return lambda message: reader(message, name)


def _bind_property(arguments: list[str]) -> Read:
    if (
        len(arguments) == 1
        and arguments[0]
        and arguments[0] not in scopes.SPECIAL_KEYS
        and not arguments[0].startswith("SYSTEM_")
    ):
        key = arguments[0]

        def read(message: MessageContext) -> object | None:
            value = message.properties.get(key)
            return value if value is not None else scopes.get_property(message, arguments)

        return read
    return lambda message: scopes.get_property(message, arguments)


def _unresolvable(message: MessageContext, name: str) -> object | None:
    raise ExpressionError(f"Variable unresolvable: ${name}")


def _join(pieces: list[str]) -> str:
    """Tokens back to text; a blank between two that would otherwise run together."""
    out = ""
    for piece in pieces:
        if (
            out
            and piece
            and (out[-1].isalnum() or out[-1] in "_-.*)]'\"")
            and (piece[0].isalnum() or piece[0] in "_$.'\"-*")
        ):
            out += " "
        out += piece
    return out
