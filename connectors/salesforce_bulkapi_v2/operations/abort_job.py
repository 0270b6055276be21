"""`<salesforce_bulkapi_v2.abortJob>`: gives up an ingest job."""

from __future__ import annotations

from connectors.salesforce_bulkapi_v2.calls import job_path
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.operation import SalesforceOperation, call_through
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("salesforce_bulkapi_v2.abortJob")
class AbortJob(SalesforceOperation):
    """Abort an ingest job."""

    job_id: str = parameter("jobId", "id of the job", required=True)

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Set its state to Aborted."""
        await call_through(message, connection, "PATCH", job_path("ingest", self.job_id), {"state": "Aborted"})
