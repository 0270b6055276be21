"""The head of a request as bytes: request line, header fields, framing."""

from __future__ import annotations

import re

from engine.message.body import HeaderPairs
from engine.transports.http_client.target import Target

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
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


class _Prefixes(dict[bytes, tuple[int, bytes]]):
    """Field name as the caller spells it -> its kind and `Name: `; learnt on first use, checked only then."""

    def __missing__(self, name: bytes) -> tuple[int, bytes]:
        if not _TOKEN.match(name):
            raise ValueError(f"{name!r} is not a header name")
        if len(self) >= _LEARNT_AT_MOST:
            self.clear()
        entry = (_KINDS.get(name.lower(), _PLAIN), name + b": ")
        self[name] = entry
        return entry


_prefixes = _Prefixes()


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
    parts = [
        target.request_line(method, http10=http10, absolute_form=absolute_form),
        b"Host: ",
        target.host_header,
    ]
    lines = 1
    authorization = target.authorization
    expects = False
    for name, value in headers:
        kind, prefix = _prefixes[name]
        if kind:
            if kind == _FRAMING:
                continue
            if kind == _HOST:
                parts[2] = value
                continue
            if kind == _AUTHORIZATION:
                authorization = None
            elif value.lower() == b"100-continue":
                expects = True
        parts += (b"\r\n", prefix, value)
        lines += 1
    if authorization is not None:
        parts += (b"\r\nAuthorization: ", authorization)
        lines += 1
    if not keep_alive:
        parts.append(b"\r\nConnection: close")
        lines += 1
    if length is None:
        if http10:
            raise ValueError("an HTTP/1.0 request needs a body of known length")
        parts.append(b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        lines += 3
    elif length or method not in _BODILESS:
        parts.append(b"\r\nContent-Length: %d\r\n\r\n" % length)
        lines += 3
    else:
        parts.append(b"\r\n\r\n")
        lines += 2
    head = b"".join(parts)
    if head.count(b"\n") != lines or head.count(b"\r") != lines or b"\0" in head:
        _refuse_value(headers)
    return head, expects


def _refuse_value(headers: HeaderPairs) -> None:
    for name, value in headers:
        if any(byte in value for byte in (b"\r", b"\n", b"\0")):
            raise ValueError(f"the value of header {name.decode()!r} has a line break or NUL in it")
    raise ValueError("the request head has a line break or NUL in it")
