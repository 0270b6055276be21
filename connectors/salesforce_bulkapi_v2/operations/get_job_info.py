"""`<salesforce_bulkapi_v2.getJobInfo>`: what became of an ingest job."""

from __future__ import annotations

from connectors.salesforce_bulkapi_v2.calls import job_path
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.operation import SalesforceOperation, call_through
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("salesforce_bulkapi_v2.getJobInfo")
class GetJobInfo(SalesforceOperation):
    """Get state and counts of an ingest job."""

    job_id: str = parameter("jobId", "id of the job", required=True)

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Get them."""
        await call_through(message, connection, "GET", job_path("ingest", self.job_id))
