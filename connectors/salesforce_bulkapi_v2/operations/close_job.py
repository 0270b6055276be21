"""`<salesforce_bulkapi_v2.closeJob>`: says that all data of a job is there."""

from __future__ import annotations

from connectors.salesforce_bulkapi_v2.calls import job_path
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.operation import SalesforceOperation, call_through
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("salesforce_bulkapi_v2.closeJob")
class CloseJob(SalesforceOperation):
    """Close an ingest job: from now on Salesforce works on it."""

    job_id: str = parameter("jobId", "id of the job", required=True)

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Set its state to UploadComplete."""
        await call_through(
            message, connection, "PATCH", job_path("ingest", self.job_id, "/"), {"state": "UploadComplete"}
        )
