"""`<authentication>` of an http endpoint: which kind, and basic authentication."""

from __future__ import annotations

import base64

from engine.build import Build
from engine.endpoints.authentication import Authentication, Credentials
from engine.expressions import Expression, ExpressionSyntaxError, Value, compile_expression
from engine.message.context import MessageContext
from engine.source.node import Node


class Basic:
    """User and password; both may be worked out for each message."""

    __slots__ = ("_fixed", "content_aware", "password", "user")

    def __init__(self, user: Value, password: Value) -> None:
        self.user = user
        self.password = password
        self.content_aware = user.content_aware or password.content_aware
        self._fixed = None if user.dynamic or password.dynamic else Fixed(basic(user.constant, password.constant))

    def credentials(self, message: MessageContext, endpoint: str) -> Credentials:
        """The header for this message."""
        return self._fixed or Fixed(basic(self.user.text(message) or "", self.password.text(message) or ""))


class Fixed:
    """A header that nothing can replace."""

    __slots__ = ("_header",)

    renewable = False

    def __init__(self, header: bytes) -> None:
        self._header = header

    async def header(self) -> bytes:
        """The header."""
        return self._header

    def rejected(self, header: bytes) -> None:
        """There is no other one."""


def basic(user: str, password: str) -> bytes:
    """The value of an Authorization header for user and password."""
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


def read_authentication(node: Node, build: Build, name: str | None) -> Authentication | None:
    """Read the credentials of an endpoint; None when it has none."""
    child = node.child("authentication")
    if child is None:
        return None
    made: Authentication | None = None
    basic_auth, oauth = child.child("basicAuth"), child.child("oauth")
    if basic_auth is not None:
        user = read_value(basic_auth, build, "username", required=True)
        password = read_value(basic_auth, build, "password", required=True)
        basic_auth.finish()
        made = Basic(user, password) if user is not None and password is not None else None
    elif oauth is not None:
        from engine.endpoints.oauth import read_oauth

        made = read_oauth(oauth, build)
        oauth.finish()
    else:
        child.error(
            "SYN025",
            f"Invalid authentication configuration for endpoint {name or ''}: <authentication> needs "
            "<basicAuth> or <oauth>",
            hint="write one of them",
        )
    child.finish(known_children=("basicAuth", "oauth"))
    return made


def read_value(
    node: Node, build: Build, tag: str, *, required: bool = False, after: tuple[str, ...] = ()
) -> Value | None:
    """The text of a child, which may be `{expression}` or `${...}`; None when it is absent or wrong."""
    child = node.child(tag, required=required, after=after)
    if child is None:
        return None
    text = child.text()
    child.finish()
    if not text:
        if required:
            child.error("SYN021", f"<{tag}> is empty; Invalid authentication configuration", hint="give it a value")
        else:
            child.empty()
        return None
    return text_value(child, build, text)


def text_value(node: Node, build: Build, text: str) -> Value | None:
    """A text as a constant, `{expression}` or `${...}`."""
    if not text.startswith("${"):
        return build.compiled_value(node, text)
    try:
        expression: Expression = compile_expression(text, node.namespaces)
    except ExpressionSyntaxError as error:
        node.error(error.code, str(error), hint=error.hint)
        return None
    return Value(text, expression)
