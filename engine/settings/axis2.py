"""The message builders and formatters of MI's `axis2.xml`, as its users edit it by hand."""

from __future__ import annotations

import re
from pathlib import Path

from engine.errors import ConfigError
from engine.settings.content_types import UNUSED_CLASSES, named
from engine.settings.reader import Layers

_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")
_TABLES = {"messageBuilder": "builders", "messageFormatter": "formatters"}


def apply_axis2(layers: Layers, path: Path) -> list[str]:
    """Take the builder and formatter lines of a file; everything else of it is left alone.

    A file that holds nothing but such lines, without an element around them, is taken too. Returns remarks about
    classes that nobody here stands for. Raises ConfigError when the file is not XML.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    data = path.read_bytes()
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        try:
            root = etree.fromstring(b"<lines>" + _DECLARATION.sub(b"", data) + b"</lines>", parser)
        except etree.XMLSyntaxError:
            raise ConfigError(f"not well-formed XML: {error.msg}", file=str(path), line=error.lineno or 1) from error
    notices = []
    for element in root.iter(etree.Element):
        table = _TABLES.get(etree.QName(element).localname)
        if table is None:
            continue
        content_type, component = element.get("contentType"), (element.get("class") or "").strip()
        line = element.sourceline if isinstance(element.sourceline, int) else 0
        if not content_type or not component:
            raise ConfigError(
                f"<{etree.QName(element).localname}> needs contentType and class", file=str(path), line=line
            )
        if component in UNUSED_CLASSES:
            continue
        if named(component) is None:
            notices.append(
                f"{path}:{line}: the class {component} is not known here; {content_type} keeps its {table[:-1]}"
            )
            continue

        def wrong(reason: str, line: int = line) -> ConfigError:
            return ConfigError(reason, file=str(path), line=line)

        layers.give("content_types", table, {content_type: component}, wrong)
    return notices
