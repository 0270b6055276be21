"""`<salesforce_bulkapi_v2.uploadJobData>`: the rows of an ingest job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.salesforce_bulkapi_v2.calls import Call, job_path, perform
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.data import file_blob, upload_blob
from connectors.salesforce_bulkapi_v2.errors import SalesforceFault, misconfigured
from connectors.salesforce_bulkapi_v2.operation import SalesforceOperation, put_json
from engine.endpoints.reply import take_reply
from engine.errors import PathRefused
from engine.files.paths import root_for
from engine.mediators.connector import operation, parameter
from engine.message.blob import Blob
from engine.message.context import MessageContext
from engine.source.node import Node

INLINE, FILE = "INLINE", "FILE"


@operation("salesforce_bulkapi_v2.uploadJobData")
class UploadJobData(SalesforceOperation):
    """Upload the CSV of an ingest job, once. White space around it is left out; large ones are streamed."""

    job_id: str = parameter("jobId", "id of the job", required=True)
    data: Any = parameter(
        "inputData", "the CSV: a text, or a body or file that was saved in a property", kind="object", default=None
    )
    input_type: str | None = parameter(
        "inputType",
        "where the CSV is (connector 2.0): in inputData or in the file",
        kind="choice",
        default=None,
        choices=(INLINE, FILE),
        fold=True,
    )
    file_path: str | None = parameter(
        "filePath", "the file of inputType FILE; below the data folder when relative", kind="path", default=None
    )

    @classmethod
    def check(cls, node: Node, constants: Mapping[str, Any], given: frozenset[str]) -> None:
        """There must be something to upload."""
        needed, field = ("filePath", "file_path") if constants.get("input_type") == FILE else ("inputData", "data")
        if field not in given and not ("input_type" in given and "input_type" not in constants):
            node.error("SYN082", f"<{node.tag}> needs the parameter <{needed}>, the rows to upload")

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Upload it. The reply has no body and HTTP_SC 201; with inputType the body says `{"result": "success"}`."""
        blob = await self._blob(message)
        if not blob.size:
            raise misconfigured("Input data is not specified")
        body = blob.read() if blob.in_memory else blob
        path = job_path("ingest", self.job_id, "/batches/")
        reply = await perform(message, connection, Call("PUT", path, body, "text/csv"))
        take_reply(message, reply)
        if self.input_type is not None and reply.status == 201:
            put_json(message, {"result": "success"})

    async def _blob(self, message: MessageContext) -> Blob:
        if self.input_type != FILE:
            return await upload_blob(self.data)
        if not self.file_path:
            raise misconfigured("parameter 'filePath' is required for inputType FILE")
        try:
            path = root_for(message.exchange.services.settings).path(self.file_path)
            return await file_blob(path)
        except PathRefused as error:
            raise misconfigured(str(error)) from error
        except OSError as error:
            raise SalesforceFault(f"{self.file_path} ({error.strerror or error})") from error
