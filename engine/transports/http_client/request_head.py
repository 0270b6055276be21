"""The head of a request as bytes: request line, header fields, framing."""

from __future__ import annotations

from engine.message.body import HeaderPairs
from engine.transports.header_fields import field_line
from engine.transports.http_client.target import Target

_BODILESS = frozenset(("GET", "HEAD", "DELETE", "OPTIONS", "TRACE"))
_LEARNT_AT_MOST = 2048

_PLAIN, _FRAMING, _HOST, _EXPECT, _AUTHORIZATION = range(5)
_KINDS = {
    b"content-length": _FRAMING,
    b"transfer-encoding": _FRAMING,
    b"host": _HOST,
    b"expect": _EXPECT,
    b"authorization": _AUTHORIZATION,
}


class _Kinds(dict[bytes, int]):
    """Field name as the caller spells it -> its kind; learnt on first use."""

    def __missing__(self, name: bytes) -> int:
        if len(self) >= _LEARNT_AT_MOST:
            self.clear()
        kind = self[name] = _KINDS.get(name.lower(), _PLAIN)
        return kind


_kinds = _Kinds()


def request_head(
    method: str,
    target: Target,
    headers: HeaderPairs,
    *,
    length: int | None,
    http10: bool = False,
    absolute_form: bool = False,
    keep_alive: bool = True,
) -> tuple[bytes, bool]:
    """Write the head; the second value tells whether the caller asked for `Expect: 100-continue`.

    `length` None sends the body chunked. Content-Length and Transfer-Encoding among `headers` are left out:
    framing is decided here. Raises ValueError for names, values or methods that would change the meaning of
    the head.
    """
    parts = [target.request_line(method, http10=http10, absolute_form=absolute_form), target.host_line]
    authorization = target.authorization_line
    expects = False
    for pair in headers:
        kind = _kinds[pair[0]]
        if kind:
            if kind == _FRAMING:
                continue
            if kind == _HOST:
                parts[1] = field_line((b"Host", pair[1]))
                continue
            if kind == _AUTHORIZATION:
                authorization = None
            elif pair[1].lower() == b"100-continue":
                expects = True
        parts.append(field_line(pair))
    if authorization is not None:
        parts.append(authorization)
    if not keep_alive:
        parts.append(b"Connection: close\r\n")
    if length is None:
        if http10:
            raise ValueError("an HTTP/1.0 request needs a body of known length")
        parts.append(b"Transfer-Encoding: chunked\r\n\r\n")
    elif length or method not in _BODILESS:
        parts.append(b"Content-Length: %d\r\n\r\n" % length)
    else:
        parts.append(b"\r\n")
    return b"".join(parts), expects
