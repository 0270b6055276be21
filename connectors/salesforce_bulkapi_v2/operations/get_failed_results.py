"""`<salesforce_bulkapi_v2.getFailedResults>`: the rows that were refused."""

from __future__ import annotations

from connectors.salesforce_bulkapi_v2.calls import job_path
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.results import ResultsOperation
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("salesforce_bulkapi_v2.getFailedResults")
class GetFailedResults(ResultsOperation):
    """Get the rows of an ingest job that were refused, with the reason."""

    job_id: str = parameter("jobId", "id of the job", required=True)

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Get them."""
        await self.fetch(message, connection, job_path("ingest", self.job_id, "/failedResults/"))
