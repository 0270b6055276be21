"""Picking builders and formatters: by content type on the way in, by messageType on the way out."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar, cast

import engine.formats as formats_package
from engine.codecs.content_type import ContentType, accepted_type, parse_content_type, python_codec
from engine.codecs.errors import FormatError
from engine.codecs.json_xml_settings import DEFAULT_SETTINGS, JsonXmlSettings
from engine.errors import ConfigError, MediationError, PayloadError
from engine.formats.base import BUILDERS, FORMATTERS, Builder, Formatter
from engine.formats.defaults import DEFAULT_BUILDERS, DEFAULT_FORMATTERS
from engine.message.blob import CHUNK, Blob, BlobBody, SpillFile, collect
from engine.message.context import MessageContext
from engine.message.exchange import Formatted
from engine.message.payload import HEAVY, PayloadKind
from engine.registry import Registry, import_submodules
from engine.values.json_document import LARGE

_INFLATED = frozenset({"gzip", "x-gzip", "deflate"})
_BOMB_FROM = 1 << 24
_BOMB_RATIO = 200


T = TypeVar("T")


class Formats:
    """The content types of one engine.

    `builders` and `formatters` map media types (lower case) to registered names or Java class names and are laid over
    the defaults. Raises ConfigError for a name that nothing is registered under.
    """

    def __init__(
        self,
        builders: Mapping[str, str] | None = None,
        formatters: Mapping[str, str] | None = None,
        *,
        json_xml: JsonXmlSettings = DEFAULT_SETTINGS,
        negotiate: bool = True,
        spill_threshold: int = 1 << 20,
        spill_folder: str | None = None,
        max_bytes: int | None = None,
        max_document_bytes: int | None = None,
    ) -> None:
        import_submodules(formats_package)
        self.json_xml = json_xml
        self._negotiate = negotiate
        self._threshold = spill_threshold
        self._folder = spill_folder
        self._max = max_bytes
        self._max_document = max_document_bytes
        self._builders: dict[str, Builder] = _instances(BUILDERS, {**DEFAULT_BUILDERS, **(builders or {})})
        self._formatters: dict[str, Formatter] = _instances(FORMATTERS, {**DEFAULT_FORMATTERS, **(formatters or {})})
        self.build_count = 0

    # -- reading
    async def collect(self, message: MessageContext) -> None:
        """Take an unread body off the wire, so that it can be sent more than once."""
        payload = message.payload
        if payload.kind is PayloadKind.UNREAD and payload.blob is None:
            payload.collected(
                await collect(payload.body, threshold=self._threshold, folder=self._folder, limit=self._max)
            )

    async def build(self, message: MessageContext) -> None:
        """Read the payload with the builder of its content type; sets messageType. Raises PayloadError."""
        payload = message.payload
        if payload.built:
            return
        self.build_count += 1
        await self.collect(message)
        data = payload.blob
        assert data is not None
        written = payload.content_type
        try:
            encoding = message.headers.text("content-encoding").lower()
            if encoding in _INFLATED:
                data = await asyncio.to_thread(_inflate, data, encoding, self._threshold, self._folder, self._max)
            content_type = parse_content_type(written)
            builder = self._builder(content_type, message, data)
            limit = self._max_document
            if builder is None:
                payload.clear()
            elif limit is not None and data.size > limit and getattr(builder, "takes_apart", True):
                raise FormatError(
                    f"The body has {data.size} bytes, and no more than {limit} are read as one document "
                    "([payload] max_document_bytes); flows that only pass it on or store it may take any size."
                )
            elif data.size > LARGE:  # parsing takes some 3 ms then, the way to a thread and back 1 ms
                await asyncio.to_thread(builder.build, data, content_type, message)
                payload.mark_heavy()
            else:
                builder.build(data, content_type, message)
        except (FormatError, MediationError) as error:
            payload.clear()
            if isinstance(error, MediationError) and not isinstance(error, PayloadError):
                raise
            code = 0 if message.replied or "json" in written.lower() else 601000
            raise PayloadError(f"Error while building message. {error}", code=code) from error
        message.axis2["message.builder.invoked"] = True
        self._set_message_type(message, content_type)

    def _builder(self, content_type: ContentType, message: MessageContext, data: Blob) -> Builder | None:
        media = content_type.media
        if media == "text/xml" and message.rest:
            media = "application/xml"
        if not media:
            if data.size == 0:
                return None
            media = "application/octet-stream"
            if message.axis2.get("HTTP_METHOD") in ("DELETE", "GET"):
                media = "application/x-www-form-urlencoded"
        found = self._builders.get(media)
        if found is None and data.size == 0:
            return None
        if found is None:
            found = self._builders.get("*")
        if found is None:
            raise PayloadError(f"no message builder is registered for content type {media!r}")
        return found

    def _set_message_type(self, message: MessageContext, content_type: ContentType) -> None:
        media = content_type.raw.partition(";")[0].strip() or "application/octet-stream"
        if self._negotiate:
            accept = message.headers.text("accept")
            if accept and accept != "*/*" and not message.is_response:
                wanted = accepted_type(accept, self.has_formatter)
                if wanted is not None:
                    media = wanted
        if message.payload.kind is not PayloadKind.EMPTY or content_type.raw:
            message.axis2["messageType"] = media

    # -- writing
    def has_formatter(self, media: str) -> bool:
        """Whether somebody writes this media type."""
        return media.lower() in self._formatters

    async def write(self, message: MessageContext, *, request: bool) -> Formatted:
        """The payload for the wire with its Content-Type (PassThroughHttpSender, MessageProcessorSelector).

        An unread payload goes as it came. Raises PayloadError before the first byte when it cannot be written.
        """
        payload = message.payload
        if payload.kind is PayloadKind.UNREAD:
            return self._unread(message)
        message_type = str(message.axis2.get("messageType") or "")
        formatter = self._formatter(message, message_type)
        charset = self._charset(message)
        try:
            if payload.demands & HEAVY:
                written = await asyncio.to_thread(formatter.write, message, charset)
            else:
                written = formatter.write(message, charset)
        except FormatError as error:
            raise PayloadError(
                f"the payload cannot be written as {message_type or formatter.media}: {error}", code=0
            ) from error
        content_type = self._content_type(message, formatter, message_type, request=request)
        if isinstance(written, bytes):
            return Formatted(written, content_type, len(written))
        if isinstance(written, Blob):
            if written.in_memory:
                return Formatted(written.read(), content_type, written.size)
            return Formatted(written, content_type, written.size)
        return Formatted(written, content_type, None)

    def _unread(self, message: MessageContext) -> Formatted:
        payload = message.payload
        # What a flow sets as ContentType counts; a transport header of its own making does not (observed).
        content_type = message.axis2.get("ContentType") or message.headers.get("content-type") or payload.content_type
        text = str(content_type) if content_type else None
        body = BlobBody(payload.blob) if payload.blob is not None else payload.body
        if body.complete is not None:
            return Formatted(body.complete, text, len(body.complete))
        return Formatted(body, text, body.length)

    def _formatter(self, message: MessageContext, message_type: str) -> Formatter:
        media = message_type.partition(";")[0].strip().lower()
        if media == "text/xml" and message.rest:
            media = "application/xml"
        found = self._formatters.get(media)
        if found is not None:
            return found
        if message.payload.kind is PayloadKind.TEXT and not media:
            return self._formatters["text/plain"]
        return self._formatters["application/xml" if message.rest else "text/xml"]

    def _charset(self, message: MessageContext) -> str:
        named = message.axis2.get("CHARACTER_SET_ENCODING")
        if not isinstance(named, str) or not named:
            return "utf-8"
        try:
            return python_codec(named)
        except FormatError as error:
            raise PayloadError(f"CHARACTER_SET_ENCODING: {error}", code=0) from error

    def _content_type(self, message: MessageContext, formatter: Formatter, message_type: str, *, request: bool) -> str:
        """ContentType, else messageType; a charset is added, to requests only when it is not UTF-8.

        (Content-Type is among the preserved headers of the reference engine, so requests carry it as the flow set it.)
        """
        axis2 = message.axis2
        named = axis2.get("ContentType")
        text = str(named) if named else message_type or formatter.media
        if text.startswith("multipart/") and "boundary" not in text:
            return formatter.media
        if "charset" in text or axis2.get("setCharacterEncoding") == "false" or text.startswith("multipart/"):
            return text
        given = axis2.get("CHARACTER_SET_ENCODING")
        charset = given if isinstance(given, str) and given else "UTF-8"
        if request and charset.upper() == "UTF-8" and "content-type" in message.headers:
            return text
        return f"{text}; charset={charset}"


def _inflate(data: Blob, encoding: str, threshold: int, folder: str | None, limit: int | None) -> Blob:
    """The body without its Content-Encoding, in memory up to `threshold` bytes. Blocks.

    Raises FormatError for what is not so encoded, inflates beyond `limit`, or is a bomb: no honest body of that size
    shrinks to a two-hundredth.
    """
    engine = zlib.decompressobj(31 if "gzip" in encoding else 15)
    parts: list[bytes] = []
    file: SpillFile | None = None
    size = taken = 0
    try:
        while taken < data.size or engine.unconsumed_tail:
            piece = engine.unconsumed_tail or data.read(taken, CHUNK)
            taken += 0 if engine.unconsumed_tail else len(piece)
            plain = engine.decompress(piece, CHUNK)
            size += len(plain)
            if limit is not None and size > limit:
                raise FormatError(f"the {encoding} body inflates to more than the {limit} bytes allowed")
            if size > _BOMB_FROM and size > _BOMB_RATIO * taken:
                raise FormatError(f"the {encoding} body inflates to more than {_BOMB_RATIO} times its size")
            parts.append(plain)
            if size > threshold:
                file = file or SpillFile(folder)
                file.write(b"".join(parts))
                parts.clear()
            if engine.eof:
                break
        if not engine.eof:
            raise FormatError(f"the {encoding} body is cut off: it is not valid {encoding}")
    except zlib.error as error:
        raise FormatError(f"the body is not valid {encoding}: {error}") from error
    except OSError as error:
        raise MediationError(f"the {encoding} body could not be spilled: {error.strerror or error}") from error
    return Blob(b"".join(parts)) if file is None else Blob(file=file, size=size)


def compress(data: bytes) -> bytes:
    """gzip, for replies and requests with Content-Encoding gzip."""
    return gzip.compress(data, 6)


def _instances(registry: Registry[type[T]], names: Mapping[str, str]) -> dict[str, T]:
    made: dict[str, T] = {}
    for media, name in names.items():
        cls: type | None = registry.get(name) or _by_path(name)
        if cls is None:
            near = registry.nearest(name)
            raise ConfigError(
                f"content type {media!r}: no {registry.noun} is called {name!r}"
                + (f"; did you mean {near!r}?" if near else "")
            )
        made[media.lower()] = cast("T", _instance(cls))
    return made


@lru_cache(maxsize=256)
def _instance(cls: type) -> object:
    return cls()


def _by_path(name: str) -> type | None:
    """A class named `package.module:Class`, for builders and formatters of one's own."""
    module, colon, attribute = name.partition(":")
    if not colon:
        return None
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"the class {name!r} cannot be loaded: {error}") from error
    return found if isinstance(found, type) else None
