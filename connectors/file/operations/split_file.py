"""`<file.splitFile>`: one file into many, by size, by lines, or by the elements an XPath selects."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from itertools import islice
from typing import ClassVar

from lxml import etree

from connectors.file.connection import FileConnection
from connectors.file.errors import FileError, FileFault, invalid, missing
from connectors.file.operation import FileOperation, Outcome
from engine.codecs.errors import FormatError
from engine.codecs.xml import parse_xml, serialize
from engine.files.paths import Root
from engine.files.writing import NewFile
from engine.mediators.connector import operation, parameter
from engine.message.blob import CHUNK
from engine.message.context import MessageContext

CHUNK_SIZE, LINE_COUNT, XPATH = "Chunk Size", "Line Count", "XPATH Expression"


@operation("file.splitFile")
class SplitFile(FileOperation):
    """Split a file into files called after it: `orders.csv` gives `orders0.csv`, `orders1.csv`, ..."""

    element: ClassVar[str] = "splitFileResult"

    source: str = parameter("sourceFilePath", "the file", kind="path", required=True)
    target: str = parameter(
        "targetDirectory", "folder of the parts; made when it is not there", kind="path", required=True
    )
    mode: str = parameter(
        "splitMode",
        "by what it is split",
        kind="choice",
        required=True,
        choices=(CHUNK_SIZE, LINE_COUNT, XPATH),
        fold=True,
    )
    chunk_size: int | None = parameter(
        "chunkSize", "bytes of a part (Chunk Size)", kind="integer", default=None, minimum=1
    )
    line_count: int | None = parameter(
        "lineCount", "lines of a part (Line Count)", kind="integer", default=None, minimum=1
    )
    xpath: str | None = parameter(
        "xpathExpression",
        "elements that become parts of their own (XPATH Expression); the prefixes are those of the file's root element",
        default=None,
    )

    async def run(self, message: MessageContext, root: Root, connection: FileConnection) -> Outcome:
        """Split it."""
        count = await asyncio.to_thread(self._split, root.path(self.source), root.path(self.target))
        return Outcome({"numberOfSplits": count})

    def _split(self, source: str, folder: str) -> int:
        if not os.path.lexists(source):
            raise missing(self.source)
        if os.path.isdir(source):
            raise FileFault(FileError.ILLEGAL_PATH, f"{self.source} is a folder")
        if self.mode == XPATH:
            return self._by_xpath(source, folder)
        base, extension = os.path.splitext(os.path.basename(source))
        with open(source, "rb") as stream:
            if self.mode == CHUNK_SIZE:
                if self.chunk_size is None or self.chunk_size < 1:
                    raise invalid("chunkSize must be 1 or more")
                count, more = 0, stream.read(1)
                while more:
                    with NewFile(os.path.join(folder, f"{base}{count}{extension}")) as part:
                        part.write(more)
                        while part.written < self.chunk_size and (
                            data := stream.read(min(CHUNK, self.chunk_size - part.written))
                        ):
                            part.write(data)
                        part.replace()
                    count += 1
                    more = stream.read(1)
                return count
            if self.line_count is None or self.line_count < 1:
                raise invalid("lineCount must be 1 or more")
            count = 0
            for first in stream:
                with NewFile(os.path.join(folder, f"{base}{count}{extension}")) as part:
                    part.write(first)
                    for batch in _batched(islice(stream, self.line_count - 1)):
                        part.write(batch)
                    part.replace()
                count += 1
            return count

    def _by_xpath(self, source: str, folder: str) -> int:
        if not self.xpath:
            raise invalid("xpathExpression is needed for split mode XPATH Expression")
        try:
            with open(source, "rb") as stream:
                root = parse_xml(stream.read())
            prefixes = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
            found = etree.XPath(self.xpath, namespaces=prefixes)(root)
        except FormatError as error:
            raise FileFault(FileError.OPERATION_ERROR, f"{self.source} is not XML: {error}") from error
        except etree.XPathError as error:
            raise invalid(f"xpathExpression {self.xpath!r} cannot be evaluated: {error}") from error
        elements = [each for each in found if isinstance(each, etree._Element)] if isinstance(found, list) else []
        name = etree.QName(root).localname
        for number, element in enumerate(elements, 1):
            with NewFile(os.path.join(folder, f"{name}{number}.xml")) as part:
                part.write(serialize(element))
                part.replace()
        return len(elements)


def _batched(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines joined to pieces worth a write of their own."""
    parts: list[bytes] = []
    size = 0
    for line in lines:
        parts.append(line)
        size += len(line)
        if size >= CHUNK:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)
