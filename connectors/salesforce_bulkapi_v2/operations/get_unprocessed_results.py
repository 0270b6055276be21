"""`<salesforce_bulkapi_v2.getUnprocessedResults>`: the rows that were never tried."""

from __future__ import annotations

from connectors.salesforce_bulkapi_v2.calls import job_path
from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.results import ResultsOperation
from engine.mediators.connector import operation, parameter
from engine.message.context import MessageContext


@operation("salesforce_bulkapi_v2.getUnprocessedResults")
class GetUnprocessedResults(ResultsOperation):
    """Get the rows of an ingest job that were never tried."""

    job_id: str = parameter("jobId", "id of the job", required=True)

    async def execute(self, message: MessageContext, connection: SalesforceConnection) -> None:
        """Get them."""
        await self.fetch(message, connection, job_path("ingest", self.job_id, "/unprocessedrecords/"))
