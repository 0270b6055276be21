"""Where a request goes: a URL taken apart once into the pieces that the wire needs."""

from __future__ import annotations

import base64
import ipaddress
import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

Origin = tuple[str, str, int]
"""Scheme, host and port: what a connection belongs to."""

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):(?://)?"
    r"(?:(?P<user>[^/?#@]*)@)?(?P<host>\[[^\]/?#]*\]|[^/?#:]*)(?::(?P<port>[^/?#]*))?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?\Z",
    re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SAFE = "!$%&'()*+,/:;=?@[]~"
_READY = re.compile(r"[!$%&'()*+,/:;=?@\[\]~A-Za-z0-9._\-]*\Z")
_HOST = re.compile(r"[A-Za-z0-9._\-]+\Z")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_KEPT_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Target:
    """One address to call, with its request lines prepared; made by `parse_target`, shared and never changed.

    `path` is path and query as they go on the request line, `host_line` the Host field; `authorization_line` is the
    Basic credential of a URL that carries user and password, sent unless the caller gives an Authorization header.
    """

    __slots__ = ("_lines", "authorization_line", "host", "host_header", "host_line", "origin", "path", "port", "scheme")

    def __init__(self, scheme: str, host: str, port: int, path: bytes, authorization: bytes | None) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.origin: Origin = (scheme, host, port)
        self.path = path
        name = f"[{host}]" if ":" in host else host
        shown = name if port == _DEFAULT_PORTS[scheme] else f"{name}:{port}"
        self.host_header = shown.encode("ascii")
        self.host_line = b"Host: %b\r\n" % self.host_header
        self.authorization_line = None if authorization is None else b"Authorization: %b\r\n" % authorization
        self._lines: dict[str, bytes] = {}

    def request_line(self, method: str, *, http10: bool = False, absolute_form: bool = False) -> bytes:
        """`METHOD target HTTP/1.x` with its line end. Raises ValueError for a method that is not a token."""
        if not http10 and not absolute_form:
            line = self._lines.get(method)
            if line is not None:
                return line
        if not _TOKEN.match(method):
            raise ValueError(f"{method!r} is not an HTTP method")
        if method == "CONNECT":
            raise ValueError("CONNECT asks for a tunnel, which this client does not open")
        path = b"%b://%b%b" % (self.scheme.encode(), self.host_header, self.path) if absolute_form else self.path
        line = b"%b %b HTTP/1.%d\r\n" % (method.encode("ascii"), path, 0 if http10 else 1)
        if not http10 and not absolute_form and method in _KEPT_METHODS:
            self._lines[method] = line
        return line

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host_header.decode()}{self.path.decode()}"

    def __repr__(self) -> str:
        return f"Target({str(self).partition('?')[0]!r})"


@lru_cache(maxsize=4096)
def parse_target(url: str) -> Target:
    """Take an absolute http or https URL apart.

    Characters that cannot travel on a request line (blanks, non-ASCII) are percent-encoded; what is encoded
    already stays. A fragment is dropped. Raises ValueError that says what is wrong; the text holds neither
    query nor password.
    """
    match = _URL.match(url)
    if match is None or _CONTROL.search(url):
        raise ValueError(f"{_shown(url)!r} is not an absolute URL such as http://host:port/path")
    scheme = match["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(f"{_shown(url)!r}: scheme {scheme!r} cannot be called over HTTP; use http or https")
    if not url[len(scheme) :].startswith("://"):
        raise ValueError(f"{_shown(url)!r}: '//' is missing after '{scheme}:'")
    host = _host(match["host"], url)
    port = _port(match["port"], scheme, url)
    path = (match["path"] or "/") + (match["query"] or "")
    if not _READY.match(path):
        path = quote(path, safe=_SAFE, encoding="utf-8")
    user = match["user"]
    authorization = None
    if user is not None:
        name, _, password = user.partition(":")
        plain = unquote_to_bytes(name) + b":" + unquote_to_bytes(password)
        authorization = b"Basic " + base64.b64encode(plain)
    return Target(scheme, host, port, path.encode("ascii"), authorization)


def _shown(url: str) -> str:
    """The URL without what may be secret."""
    start = re.split(r"[?#]", url, maxsplit=1)[0]
    return re.sub(r"//[^/@]*@", "//", start)[:200]


def _host(text: str, url: str) -> str:
    if not text:
        raise ValueError(f"{_shown(url)!r} names no host")
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1]))
        except ValueError as cause:
            raise ValueError(f"{_shown(url)!r}: {text} is not an IPv6 address") from cause
    if not text.isascii():
        try:
            text = text.encode("idna").decode("ascii")
        except UnicodeError as cause:
            raise ValueError(f"{_shown(url)!r}: host {text!r} is not a valid name") from cause
    if not _HOST.match(text):
        raise ValueError(f"{_shown(url)!r}: host {text!r} has characters that no host name has")
    return text.lower()


def _port(text: str | None, scheme: str, url: str) -> int:
    if not text:
        return _DEFAULT_PORTS[scheme]
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65_536):
        raise ValueError(f"{_shown(url)!r}: {text!r} is not a port between 1 and 65535")
    return int(text)
