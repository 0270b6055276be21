"""Sessions of a load-balance endpoint: what belongs to one session goes to one child (SALoadbalanceEndpoint)."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

from engine.codecs.soap import header_of
from engine.message.context import MessageContext
from engine.source.node import Node

TYPES = ("http", "soap", "simpleClientSession")
DEFAULT_TIMEOUT_MS = 600_000
_CLIENT_ID = "{http://ws.apache.org/ns/synapse}ClientID"
_GROUP_ID = "{http://ws.apache.org/namespaces/axis2}ServiceGroupId"
_AT_MOST = 10_000


class Sessions:
    """Which child serves a session. The table lives in `services.state`; the oldest go when there are too many."""

    __slots__ = ("kind", "seconds")

    def __init__(self, kind: str, seconds: float) -> None:
        self.kind = kind
        self.seconds = seconds

    @property
    def content_aware(self) -> bool:
        """Whether sessions are told apart by something in the envelope."""
        return self.kind != "http"

    def of_request(self, message: MessageContext) -> tuple[str, ...]:
        """The session ids that a request brings along."""
        if self.kind == "http":
            return tuple(pair.strip() for pair in message.headers.text("cookie").split(";") if pair.strip())
        return _from_envelope(message, _CLIENT_ID if self.kind == "simpleClientSession" else _GROUP_ID)

    async def of_reply(self, message: MessageContext) -> tuple[str, ...]:
        """The session ids that a reply begins."""
        if self.kind == "http":
            given = [
                message.headers.text("set-cookie"),
                *(value for _, value in message.headers.excess.get("set-cookie", ())),
            ]
            return tuple(text.partition(";")[0].strip() for text in given if text)
        if self.kind == "soap":
            await message.build()
            return _from_envelope(message, _GROUP_ID)
        return ()

    def child(self, states: dict[Any, Any], owner: str, session: tuple[str, ...]) -> int | None:
        """The child that one of these ids is bound to; None for an unknown or expired session."""
        table: OrderedDict[str, tuple[int, float]] | None = states.get(("sessions", owner))
        if table is None:
            return None
        now = time.monotonic()
        for key in session:
            found = table.get(key)
            if found is not None and found[1] > now:
                return found[0]
        return None

    def bind(self, states: dict[Any, Any], owner: str, session: tuple[str, ...], child: int) -> None:
        """From now on these ids lead to this child, for as long as a session lasts."""
        if not session:
            return
        table: OrderedDict[str, tuple[int, float]] = states.setdefault(("sessions", owner), OrderedDict())
        until = time.monotonic() + self.seconds
        for key in session:
            table[key] = (child, until)
            table.move_to_end(key)
        while len(table) > _AT_MOST:
            table.popitem(last=False)


def _from_envelope(message: MessageContext, tag: str) -> tuple[str, ...]:
    if message.payload.is_json or (message.payload.empty and message.rest):
        return ()
    header = header_of(message.payload.envelope())
    found = None if header is None else header.find(f".//{tag}")
    text = (found.text or "").strip() if found is not None else ""
    return (text,) if text else ()


def read_sessions(outer: Node) -> Sessions | None:
    """The `<session>` beside a `<loadbalance>`; None without one."""
    node = outer.child("session")
    if node is None:
        return None
    kind = node.choice("type", TYPES, "http")
    text = node.child_text("sessionTimeout")
    timeout = None if text is None else node.whole_number("sessionTimeout", text, None, minimum=0)
    node.finish()
    return Sessions(kind, (DEFAULT_TIMEOUT_MS if timeout is None else timeout) / 1000)
