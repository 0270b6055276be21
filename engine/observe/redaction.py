"""The one filter before every log, trace and report: secrets never pass it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MASK = "*****"
SHORTEST = 6
"""Known secret values shorter than this are left alone: masking every "demo" would hide more than it protects."""

NAMES = (
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "client-secret",
    "secret-key",
    "access-token",
    "refresh-token",
    "id-token",
    "auth-token",
    "security-token",
    "bearer-token",
    "session-id",
    "api-key",
    "x-api-key",
    "apikey",
    "private-key",
    "key-password",
    "private-key-password",
    "client-key-password",
    "assertion",
)
"""Names whose values are secret, however they are spelt: access_token, accessToken and Access-Token are one."""

_FOLDERS = frozenset({"PWD", "OLDPWD"})
_SPLIT = re.compile(r"[-_. ]|(?<=[a-z])(?=[A-Z])")
_VALUE = (
    r"""(?:\\"(?:[^"\\]|\\(?!"))*\\"|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
    r"""|(?:bearer|basic|digest)\s+[^\s,;"'<>]+|[^\s,;&"'<>(){}\[\]]+)"""
)
_CREDENTIALS = re.compile(r"\b(bearer|basic)(\s+)(?=[\w.~+/!-]*[\d=])[\w.~+/=!-]{8,}", re.IGNORECASE)
_COOKIES = re.compile(r"""\b((?:set-)?cookie["']?\s*[:=]\s*)[^\r\n]+""", re.IGNORECASE)


class Redactor:
    """Masks the values of secret names and every known secret value in texts."""

    __slots__ = ("_groups", "_names", "_pairs", "_stems", "_tags", "_values")

    def __init__(self, names: Iterable[str] = ()) -> None:
        parts = (_SPLIT.split(name) for name in (*NAMES, *names))
        self._stems = tuple({max(each, key=len).lower() for each in parts} | {"bearer", "basic"})
        self._names = frozenset(_folded(name) for name in (*NAMES, *names))
        spelt = "|".join(sorted({_pattern(name) for name in (*NAMES, *names)}, key=len, reverse=True))
        prefix = r"(?<![^\W_])(?:[A-Za-z]{1,40}[-_.]){0,4}"
        self._pairs = re.compile(rf"""({prefix}(?:{spelt})(?:\\?["'])?\s*[:=]\s*){_VALUE}""", re.IGNORECASE)
        self._tags = re.compile(rf"(<(?:[\w.-]+:)?(?:{spelt})(?:\s[^<>]*)?>)[^<]+", re.IGNORECASE)
        self._groups: dict[str, frozenset[str]] = {}
        self._values: re.Pattern[str] | None = None

    def know(self, group: str, values: Iterable[str]) -> None:
        """Mask these values from now on; they replace those given before under the same group."""
        self._groups = {**self._groups, group: frozenset(value for value in values if len(value) >= SHORTEST)}
        every = sorted(frozenset().union(*self._groups.values()), key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, every))) if every else None

    def is_secret(self, name: str) -> bool:
        """Whether the value under this name must not be shown."""
        folded = _folded(name)
        return folded in self._names or any(
            folded.endswith(each) for each in ("password", "secret", "token", "passphrase")
        )

    def clean(self, text: str) -> str:
        """`text` with everything secret masked."""
        if self._values is not None:
            text = self._values.sub(MASK, text)
        folded = text.lower()
        if not any(stem in folded for stem in self._stems):  # no secret is named: nearly every line ends here
            return text
        text = self._tags.sub(rf"\g<1>{MASK}", text)
        text = _COOKIES.sub(rf"\g<1>{MASK}", text)
        text = self._pairs.sub(_masked, text)
        return _CREDENTIALS.sub(rf"\1\2{MASK}", text)

    def clean_pairs(self, values: Mapping[str, str]) -> dict[str, str]:
        """Names and values with the secret ones masked."""
        return {name: MASK if self.is_secret(name) else self.clean(value) for name, value in values.items()}


def _masked(match: re.Match[str]) -> str:
    value = match.group(0)[len(match.group(1)) :]
    quote = '\\"' if value.startswith('\\"') else value[0] if value[0] in "\"'" else ""
    return f"{match.group(1)}{quote}{MASK}{quote}"


def _folded(name: str) -> str:
    return re.sub(r"[-_. ]", "", name).lower()


def _pattern(name: str) -> str:
    return r"[-_. ]?".join(re.escape(part) for part in _SPLIT.split(name))


def secret_values(redactor: Redactor, environment: Mapping[str, str]) -> list[str]:
    """The values of those environment variables whose names say that they are secret (PWD is the working folder)."""
    return [value for name, value in environment.items() if name not in _FOLDERS and redactor.is_secret(name)]
