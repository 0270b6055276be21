"""Text in any charset: decode it in pieces, write it back, strip the white space around a stream of
unknown length.
"""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterable, AsyncIterator

from engine.codecs.content_type import python_codec
from engine.codecs.errors import FormatError

JAVA_SPACE = "".join(map(chr, range(33)))
"""What java.lang.String.trim() takes away: blanks and every control character below."""

_SPACE_BYTES = JAVA_SPACE.encode()


class TextDecoder:
    """Decode bytes that arrive in pieces; characters cut in two are put together.

    As the reference engine: bytes that are no text in the charset become U+FFFD (`errors="strict"`:
    FormatError), and a UTF-8 byte order mark stays in the text unless `drop_mark`. UTF-16 without a mark is
    read as big-endian.
    """

    __slots__ = ("_decoder", "_drop_mark")

    def __init__(self, charset: str = "", *, errors: str = "replace", drop_mark: bool = False) -> None:
        codec = python_codec(charset)
        self._decoder = _Utf16Decoder(errors) if codec == "utf-16" else codecs.getincrementaldecoder(codec)(errors)
        self._drop_mark = drop_mark

    def feed(self, data: bytes) -> str:
        """The text that these bytes complete."""
        return self._clean(self._decode(data, False))

    def finish(self) -> str:
        """What is left after the last piece."""
        return self._clean(self._decode(b"", True))

    def _decode(self, data: bytes, final: bool) -> str:
        try:
            return self._decoder.decode(data, final)
        except UnicodeError as error:
            raise FormatError(f"the text is not in the charset it is said to be in: {error}") from error

    def _clean(self, text: str) -> str:
        if self._drop_mark and text:
            self._drop_mark = False
            return text.removeprefix("\ufeff")
        return text


class _Utf16Decoder(codecs.IncrementalDecoder):
    """UTF-16 as Java reads it: the byte order of the mark, without one big-endian."""

    def __init__(self, errors: str = "strict") -> None:
        super().__init__(errors)
        self._head = b""
        self._inner: codecs.IncrementalDecoder | None = None

    def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]
        """Decode the next bytes."""
        if self._inner is None:
            self._head += data
            if len(self._head) < 2 and not final:
                return ""
            data, self._head = self._head, b""
            little = data.startswith(codecs.BOM_UTF16_LE)
            if little or data.startswith(codecs.BOM_UTF16_BE):
                data = data[2:]
            self._inner = codecs.getincrementaldecoder("utf-16-le" if little else "utf-16-be")(self.errors)
        return self._inner.decode(data, final)


def decode_text(data: bytes, charset: str = "", *, errors: str = "replace", drop_mark: bool = False) -> str:
    """Decode a whole text; see TextDecoder."""
    decoder = TextDecoder(charset, errors=errors, drop_mark=drop_mark)
    return decoder.feed(data) + decoder.finish()


def encode_text(text: str, charset: str = "") -> bytes:
    """Encode a text; characters the charset lacks become `?`, as in Java."""
    return text.encode(python_codec(charset), "replace")


def trim(text: str) -> str:
    """java.lang.String.trim()."""
    return text.strip(JAVA_SPACE)


async def strip_stream(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Strip the white space around a stream of bytes in UTF-8 or another charset that contains ASCII.

    Holds back only white space that may turn out to be the last; as java.lang.String.trim() would.
    """
    held: list[bytes] = []
    started = False
    async for chunk in chunks:
        if not started:
            chunk = chunk.lstrip(_SPACE_BYTES)
            if not chunk:
                continue
            started = True
        kept = chunk.rstrip(_SPACE_BYTES)
        if not kept:
            if chunk:
                held.append(chunk)
            continue
        for space in held:
            yield space
        held = [chunk[len(kept) :]] if len(kept) < len(chunk) else []
        yield kept
