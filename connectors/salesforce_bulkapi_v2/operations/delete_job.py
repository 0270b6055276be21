"""`<salesforce_bulkapi_v2.deleteJob>`: removes an ingest job."""

from __future__ import annotations

from connectors.salesforce_bulkapi_v2.calls import job_path
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.operation import SalesforceOperation, delete
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("salesforce_bulkapi_v2.deleteJob")
class DeleteJob(SalesforceOperation):
    """Delete an ingest job; the body becomes `{"result": "success"}`."""

    job_id: str = parameter("jobId", "id of the job", required=True)

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Delete it."""
        await delete(message, connection, job_path("ingest", self.job_id))
