"""One value out of a large JSON text without making objects of the rest.

msgspec reads only the members it was told of and passes over all others, checking their syntax: a document of 100 KB
takes a fifth of the time of a whole parse, and one of 12 MB holds the interpreter for some 12 ms and not for 250.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from engine.values.java_text import LONG_MAX
from engine.values.missing import MISSING, Missing

if TYPE_CHECKING:
    from msgspec import Struct
    from msgspec.json import Decoder

SKIM_FROM = 2048
"""Bytes from which on skimming is quicker than a parse by enough to matter."""


class Unknown(Enum):
    """The answer of a skim that has to be found in another way."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Skimmed = str | bool | int | None | Missing | Unknown


class Skim:
    """A walk along member names, from the root object down to a text, a boolean, null or a small positive integer."""

    __slots__ = ("_decoder", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._decoder: Decoder[Struct] | None = None

    def read(self, text: bytes) -> Skimmed:
        """What stands at the end of the names; MISSING when the last object that there is lacks the next name.

        UNKNOWN for everything that a whole parse may see differently or that has more to it than this answer: values
        of other kinds, text that is not JSON or not UTF-8, something else than an object on the way.
        """
        import msgspec  # costs 10 ms: only where large documents are skimmed

        try:
            if self._decoder is None:
                self._decoder = _decoder(self.names)
            if not text.isascii():
                text.decode()  # what is passed over is not checked for it
            found: object = self._decoder.decode(text)
        except (msgspec.MsgspecError, ValueError, RecursionError):  # ValueError: not UTF-8, or no name it takes
            return UNKNOWN
        for _ in self.names:
            if found is msgspec.UNSET:
                return MISSING
            found = getattr(found, _MEMBER)
        if found is msgspec.UNSET:
            return MISSING
        if found is None or isinstance(found, str | bool) or (type(found) is int and 0 < found <= LONG_MAX):
            return found
        return UNKNOWN


_MEMBER = "member"


def _decoder(names: tuple[str, ...]) -> Decoder[Struct]:
    import msgspec

    kind: object = object
    for name in reversed(names):
        kind = msgspec.defstruct(
            "Skimmed", [(_MEMBER, kind | msgspec.UnsetType, msgspec.UNSET)], rename={_MEMBER: name}, gc=False
        )
    return msgspec.json.Decoder(kind)
