"""Operations that fetch rows: as CSV or JSON, into the body or a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Mapping
from typing import Any

from connectors.salesforce_bulkapi_v2.calls import Call, perform, progressing
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.errors import SalesforceFault, misconfigured
from connectors.salesforce_bulkapi_v2.operation import JSON, SalesforceOperation, put_json
from engine.endpoints.reply import take_reply
from engine.errors import PathRefused
from engine.files.paths import root_for
from engine.files.reading import open_blob
from engine.files.writing import replace_file
from engine.mediators.connector import parameter
from engine.message.blob import BlobBody
from engine.message.context import MessageContext
from engine.message.payload import Payload
from engine.records import dataclass
from engine.source.node import Node

BODY, FILE = "BODY", "FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsOperation(SalesforceOperation):
    """An operation whose reply is a table.

    The rule for the body: with BODY it holds the rows. With FILE the rows are in the file, and the body holds them too
    when they are JSON (streamed out of the file), else `{"result": "success"}`. Errors of Salesforce go to the body
    either way.
    """

    output_type: str = parameter(
        "outputType",
        "how the rows are written; of connector 2.0: BODY (as JSON) or FILE (as CSV) without includeResultTo",
        kind="choice",
        default="JSON",
        choices=("JSON", "CSV", BODY, FILE),
        fold=True,
    )
    include_result_to: str | None = parameter(
        "includeResultTo",
        "where the rows go: BODY unless given",
        kind="choice",
        default=None,
        choices=(BODY, FILE),
        fold=True,
    )
    file_path: str | None = parameter(
        "filePath",
        "the file of FILE: below the data folder of the settings when relative; missing folders are made, "
        "and the file is replaced when all rows are there",
        kind="path",
        default=None,
    )

    @classmethod
    def check(cls, node: Node, constants: Mapping[str, Any], given: frozenset[str]) -> None:
        """FILE needs a file."""
        wants_file = FILE in (constants.get("include_result_to"), constants.get("output_type"))
        if wants_file and "file_path" not in given:
            node.error("SYN082", f"<{node.tag}> needs the parameter <filePath> to write its result to a file")

    async def fetch(self, message: MessageContext, connection: SalesforceConnection, path: str) -> None:
        """Get the table and put it where it belongs."""
        as_json = self.output_type in ("JSON", BODY)
        to_file = FILE in (self.include_result_to, self.output_type)
        target = self._target(message) if to_file else ""
        reply = await perform(message, connection, Call("GET", path))
        take_reply(message, reply)
        if reply.status != 200:
            return
        content_type = message.headers.text("content-type") or "text/csv"
        encoding = message.headers.text("content-encoding")
        if as_json:
            from connectors.salesforce_bulkapi_v2.rows import json_body, json_pieces
        if to_file:
            pieces = json_pieces(reply.body, content_type, encoding, pretty=True) if as_json else aiter(reply.body)
            await _write(target, progressing(pieces, f"writing {target}", None))
        if as_json and to_file:
            await _put_file(message, target)
        elif to_file:
            message.headers.remove("content-encoding")
            put_json(message, {"result": "success"})
        elif as_json:
            body = await json_body(reply.body, content_type, encoding)
            _typed(message, Payload(body, JSON, message.payload.rules), JSON)
        else:
            _typed(message, Payload(reply.body, content_type, message.payload.rules), content_type)

    def _target(self, message: MessageContext) -> str:
        if not self.file_path:
            raise misconfigured("parameter 'filePath' is required to write the result to a file")
        try:
            return root_for(message.exchange.services.settings).path(self.file_path)
        except PathRefused as error:
            raise misconfigured(str(error)) from error


async def _write(target: str, pieces: AsyncIterable[bytes]) -> None:
    try:
        await replace_file(target, pieces)
    except OSError as error:
        raise SalesforceFault(
            f"{target} ({error.strerror or error})", detail="the result was not written; nothing was left half written"
        ) from error


async def _put_file(message: MessageContext, target: str) -> None:
    """Make the JSON rows of a file the body, read only when somebody looks."""
    try:
        blob = await asyncio.to_thread(open_blob, target)
    except OSError as error:
        raise SalesforceFault(f"{target} ({error.strerror or error})") from error
    payload = Payload(BlobBody(blob), JSON, message.payload.rules)
    payload.collected(blob)
    _typed(message, payload, JSON)


def _typed(message: MessageContext, payload: Payload, content_type: str) -> None:
    message.payload = payload
    message.headers.set("Content-Type", content_type)
    if content_type == JSON:
        message.headers.remove("content-encoding")
    message.axis2["messageType"] = content_type.partition(";")[0].strip()
    message.axis2["ContentType"] = content_type
    message.axis2.pop("NO_ENTITY_BODY", None)
