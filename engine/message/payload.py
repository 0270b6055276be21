"""The body of a message: a stream until somebody looks, then one of a few kinds, converted at most once."""

from __future__ import annotations

from base64 import b64encode
from enum import Enum
from typing import TYPE_CHECKING

from lxml import etree

from engine.codecs.errors import FormatError
from engine.codecs.json_to_xml import json_to_element, json_value_to_element
from engine.codecs.json_xml_settings import DEFAULT_SETTINGS, JsonXmlSettings
from engine.codecs.soap import SoapVersion, body_of, envelope_version, make_envelope
from engine.codecs.xml_to_json import element_to_json
from engine.errors import PayloadError
from engine.message.blob import Blob
from engine.message.body import EMPTY_BODY, Body
from engine.message.values import BINARY_TAG, PAYLOAD_NSMAP, TEXT_TAG, TextNode, copy_element
from engine.values.json_document import LARGE, Json, JsonDocument, JsonSyntaxError, dumps, json_document
from engine.values.json_lenient import parse_lenient
from engine.values.json_skim import SKIM_FROM, UNKNOWN, Skim, Skimmed
from engine.values.missing import MISSING, Missing

if TYPE_CHECKING:
    from engine.values.dismantling import LargeTree

Element = etree._Element


_SOAP12 = "application/soap+xml"
_MOST_SKIMS = 3  # then a parse is cheaper than going through the text once more
_ALWAYS_SKIMMED = 1 << 20  # a parse makes too many objects

READING = 1
PARSING = 2
HEAVY = 4
"""What a payload may demand of whoever looks at it: to be read, to be parsed first (long JSON), to be looked at in a
thread (whatever is long)."""


class PayloadKind(Enum):
    """What a payload is right now."""

    UNREAD = "unread"
    EMPTY = "empty"
    JSON = "json"
    XML = "xml"
    TEXT = "text"
    BINARY = "binary"


class Payload:
    """The payload of one message.

    `content_type` is the Content-Type the body came with. UNREAD holds the body as it comes off the wire (or, once
    collected, as a Blob) and is forwarded byte for byte.
    JSON keeps its text beside the parsed value, and its XML view is only a view: as long as nothing changes it, the
    original text is what is sent. XML is an element, with its envelope made when somebody asks for it.
    `demands` says what looking at it takes: READING, PARSING and HEAVY, or'ed.
    """

    __slots__ = (
        "_blob",
        "_document",
        "_envelope",
        "_json_text",
        "_lenient",
        "_root",
        "_skims",
        "_tree",
        "_xml_text",
        "body",
        "charset",
        "content_type",
        "demands",
        "kind",
        "rules",
        "soap",
    )

    def __init__(
        self, body: Body = EMPTY_BODY, content_type: str = "", rules: JsonXmlSettings = DEFAULT_SETTINGS
    ) -> None:
        self.kind = PayloadKind.UNREAD
        self.demands = READING
        self.body: Body = body
        self.content_type = content_type
        self.rules = rules
        self.soap = SoapVersion.SOAP12 if content_type.startswith(_SOAP12) else SoapVersion.SOAP11
        self.charset = "utf-8"
        self._blob: Blob | None = None
        self._document: JsonDocument | None = None
        self._json_text: bytes | None = None
        self._lenient = False
        self._skims = 0
        self._root: Element | None = None
        self._tree: LargeTree | None = None  # goes after envelope and root, also when slots are cleared by their names
        self._xml_text: bytes | None = None
        self._envelope: Element | None = None

    # -- state
    @property
    def built(self) -> bool:
        """Whether the body has been read and understood."""
        return self.kind is not PayloadKind.UNREAD

    @property
    def is_json(self) -> bool:
        """Whether there is JSON text that would be sent as it is."""
        return self.kind is PayloadKind.JSON

    @property
    def empty(self) -> bool:
        """Whether there is nothing in the body, as far as is known without reading."""
        if self.kind is PayloadKind.UNREAD:
            return self._blob.size == 0 if self._blob is not None else self.body.complete == b""
        if self.kind is PayloadKind.XML and self._root is None and self._envelope is not None:
            return self.element() is None
        return self.kind is PayloadKind.EMPTY

    @property
    def blob(self) -> Blob | None:
        """The bytes of a text, binary or collected unread payload."""
        return self._blob

    def collected(self, blob: Blob) -> None:
        """The unread body has been taken off the wire whole and can be sent again and again."""
        self._blob = blob

    def mark_heavy(self) -> None:
        """What was set is long: looking at it may take longer than others should wait."""
        self.demands |= HEAVY
        root = self._root if self._envelope is None else self._envelope
        if root is not None:
            from engine.values.dismantling import LargeTree  # seldom needed, and not at the start

            self._tree = LargeTree(root)

    # -- set
    def clear(self) -> None:
        """Nothing in the body any more."""
        self._become(PayloadKind.EMPTY)

    def set_json(self, value: Json, text: bytes | None = None) -> None:
        """JSON by value; `text`, when given, is sent as it is."""
        self._become(PayloadKind.JSON)
        self._document = JsonDocument.of(value)
        self._json_text = text
        if text is not None and len(text) >= LARGE:
            self.demands = HEAVY

    def set_json_text(self, text: bytes, *, lenient: bool = False) -> None:
        """JSON by text, parsed when somebody asks for a part; `lenient` text may be as loose as Gson takes it."""
        self._become(PayloadKind.JSON)
        self._json_text = text
        self._lenient = lenient
        if len(text) >= LARGE:
            self.demands = PARSING | HEAVY

    def set_element(self, element: Element, text: bytes | None = None) -> None:
        """XML whose root is `element` (which the payload now owns).

        `text`, when given, is the same as UTF-8 and is sent as it is as long as nobody gets hold of the tree.
        """
        self._become(PayloadKind.XML)
        self._root = element
        self._xml_text = text

    def set_envelope(self, envelope: Element) -> None:
        """A whole SOAP envelope."""
        self._become(PayloadKind.XML)
        self._envelope = envelope
        self.soap = envelope_version(envelope) or SoapVersion.SOAP11

    def set_text(self, text: str) -> None:
        """A text payload."""
        self.set_text_blob(Blob(text.encode("utf-8", "surrogatepass")), "utf-8")

    def set_text_blob(self, blob: Blob, charset: str) -> None:
        """A text payload by its bytes."""
        self._become(PayloadKind.TEXT)
        self._blob = blob
        self.charset = charset

    def set_binary(self, blob: Blob) -> None:
        """Bytes that nobody looks into."""
        self._become(PayloadKind.BINARY)
        self._blob = blob
        self.soap = SoapVersion.SOAP12

    # -- read
    def json(self) -> Json | Missing:
        """The payload as a JSON value; MISSING when it is empty. Raises PayloadError when it cannot be read as JSON."""
        if self.kind is PayloadKind.JSON:
            return self.document().exact
        if self.kind is PayloadKind.TEXT:
            return {"text": self.text()}
        if self.kind is PayloadKind.BINARY:
            return MISSING
        element = self.element()
        if element is None:
            return MISSING
        if self._document is None:
            self._document = json_document(element_to_json(element, self.rules))
        return self._document.exact

    def document(self) -> JsonDocument:
        """A JSON payload as a document, of which both the quick and the exact view can be read.

        Raises PayloadError when the text is not JSON.
        """
        if self._document is None:
            assert self._json_text is not None
            self._document = self._parsed(self._json_text)
            self.demands &= ~PARSING
        return self._document

    def skim(self, path: Skim) -> Skimmed:
        """One value of a large JSON payload that nobody has parsed yet; UNKNOWN when `document` has to be asked."""
        text = self._json_text
        if text is None or self._document is not None or self.kind is not PayloadKind.JSON or len(text) < SKIM_FROM:
            return UNKNOWN
        self._skims += 1
        if self._skims > _MOST_SKIMS and len(text) < _ALWAYS_SKIMMED:
            return UNKNOWN
        return path.read(text)

    @property
    def known_json_text(self) -> bytes | None:
        """The JSON text when it is here already; for whoever must not cause it to be written."""
        return self._json_text

    def json_text(self) -> bytes:
        """The payload as JSON text: of a JSON payload as received, otherwise converted."""
        if self.kind is PayloadKind.JSON:
            if self._json_text is None:
                self._json_text = dumps(self.document().exact).encode("utf-8", "surrogatepass")
            return self._json_text
        if self.kind is PayloadKind.TEXT:
            return dumps({"text": self.text()}).encode("utf-8", "surrogatepass")
        element = self.element()
        return b"" if element is None else element_to_json(element, self.rules).encode("utf-8")

    def text(self) -> str:
        """All characters of a text payload."""
        assert self._blob is not None
        return self._blob.read().decode(self.charset, "replace")

    def text_node(self) -> TextNode:
        """A text payload as a value that shares its bytes."""
        assert self._blob is not None
        return TextNode(self._blob, self.charset)

    @property
    def bare_root(self) -> Element | None:
        """The root element of an XML payload whose envelope nobody has asked for yet; only to be looked at.

        Whoever hands it, or a part of it, to others says so with `tree_shared`.
        """
        return self._root if self.kind is PayloadKind.XML and self._envelope is None else None

    @property
    def known_xml_text(self) -> bytes | None:
        """The text that an XML payload came with, as UTF-8, while it is known to be unchanged."""
        return self._xml_text

    @property
    def has_view(self) -> bool:
        """Whether somebody has looked at the payload as XML, or may have, and not only as it is."""
        return self._envelope is not None

    def tree_shared(self) -> None:
        """Somebody may change the tree from now on: it is written anew when it is sent."""
        self._xml_text = None

    def element(self) -> Element | None:
        """The payload as XML: the first element of the body, None when there is none.

        For JSON, text and binary this is a view; whoever changes it must say so with `xml_changed`.
        """
        self._xml_text = None
        if self.kind is PayloadKind.XML and self._envelope is None:
            return self._root
        body = body_of(self.envelope())
        if body is None:
            return None
        return next((child for child in body if isinstance(child.tag, str)), None)

    def envelope(self) -> Element:
        """The SOAP envelope around the payload, made on first use."""
        self._xml_text = None
        if self._envelope is None:
            envelope = make_envelope(self.soap)
            view = self._view()
            if view is not None:
                body = body_of(envelope)
                assert body is not None
                body.append(view)
            self._envelope = envelope
            if self.kind is PayloadKind.XML:
                self._root = None
        return self._envelope

    def xml_changed(self) -> None:
        """The XML view was changed: from now on it is the payload, and any JSON text is forgotten."""
        if self._envelope is None and self._root is None:
            self.envelope()
        self.kind = PayloadKind.XML
        self._document = None
        self._json_text = None
        self._xml_text = None
        self._blob = None

    def json_changed(self, value: Json) -> None:
        """The JSON value was changed: its text and XML view are made anew when needed."""
        heavy, before = self.demands & HEAVY, self._document
        self._become(PayloadKind.JSON)
        self.demands = heavy
        self._document = JsonDocument.of(value) if before is None else before.changed(value)

    def clone(self) -> Payload:
        """A copy for another message; an unread body must have been collected first."""
        twin = Payload(self.body if self._blob is None else EMPTY_BODY, self.content_type, self.rules)
        twin.kind = self.kind
        twin.demands = self.demands
        twin.soap = self.soap
        twin.charset = self.charset
        twin._blob = self._blob
        twin._document = self._document
        twin._json_text = self._json_text
        twin._lenient = self._lenient
        if self.kind is PayloadKind.XML:
            twin._root = copy_element(self._root) if self._root is not None else None
            twin._xml_text = self._xml_text
            twin._envelope = copy_element(self._envelope) if self._envelope is not None else None
            if self.demands & HEAVY:
                twin.mark_heavy()
        return twin

    # -- the inside
    def _become(self, kind: PayloadKind) -> None:
        self.kind = kind
        self.demands = 0
        self.body = EMPTY_BODY
        self._blob = None
        self._document = None
        self._json_text = None
        self._lenient = False
        self._skims = 0
        self._root = None
        self._xml_text = None
        self._envelope = None
        self._tree = None
        self.charset = "utf-8"

    def _parsed(self, text: bytes) -> JsonDocument:
        document = json_document(text)
        try:
            _ = document.quick
        except JsonSyntaxError as error:
            if self._lenient:
                return _parsed_leniently(text)
            raise _not_json(error) from error
        return document

    def _json_view(self) -> Element:
        """The JSON as elements: by its text, which still has names given twice, else by its value."""
        if self._json_text is not None:
            try:
                return json_to_element(self._json_text, self.rules)
            except FormatError as error:
                if not self._lenient:
                    _ = self.document()  # says what is wrong where the text is not JSON
                    raise _not_xml(error) from error
        try:
            return json_value_to_element(self.document().exact, self.rules)
        except FormatError as error:
            raise _not_xml(error) from error

    def _view(self) -> Element | None:
        if self.kind is PayloadKind.XML:
            return self._root
        if self.kind is PayloadKind.JSON:
            return self._json_view()
        if self.kind is PayloadKind.TEXT:
            return self.text_node().element()
        if self.kind is PayloadKind.BINARY:
            assert self._blob is not None
            element = etree.Element(BINARY_TAG, nsmap=PAYLOAD_NSMAP)
            element.text = b64encode(self._blob.read()).decode("ascii")
            return element
        return None


def _not_xml(error: FormatError) -> PayloadError:
    return PayloadError(f"Error while building message. The JSON payload cannot be seen as XML: {error}", code=0)


def _parsed_leniently(text: bytes) -> JsonDocument:
    try:
        return JsonDocument.of(parse_lenient(text.decode("utf-8", "replace")))
    except JsonSyntaxError as error:
        raise _not_json(error) from error


def _not_json(error: JsonSyntaxError) -> PayloadError:
    return PayloadError(f"Error while building message. The payload is not valid JSON: {error}", code=0)


def is_text_element(element: Element) -> bool:
    """Whether this is the wrapper element of a text payload."""
    return bool(element.tag == TEXT_TAG)
