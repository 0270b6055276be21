"""Listing jobs, a page at a time."""

from __future__ import annotations

from urllib.parse import quote

from connectors.salesforce_bulkapi_v2.connection import SalesforceConnection
from connectors.salesforce_bulkapi_v2.operation import SalesforceOperation, call_through
from engine.mediators.connector import parameter
from engine.message.context import MessageContext
from engine.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList(SalesforceOperation):
    """Parameters of both lists."""

    pk_chunking: bool = parameter("isPkChunkingEnabled", "only jobs with PK chunking", kind="flag", default=False)
    job_type: str | None = parameter(
        "jobType",
        "only jobs of this type",
        kind="choice",
        default=None,
        fold=True,
        choices=("All", "BigObjectIngest", "Classic", "V2Ingest", "V2Query"),
    )
    query_locator: str | None = parameter(
        "queryLocator", "the page to get, out of nextRecordsUrl of the one before", default=None
    )

    async def fetch(self, message: MessageContext, connection: SalesforceConnection, kind: str) -> None:
        """Get a page of the jobs of this kind."""
        query = f"isPkChunkingEnabled={'true' if self.pk_chunking else 'false'}"
        if self.query_locator:
            query += f"&queryLocator={quote(self.query_locator, safe='')}"
        if self.job_type and self.job_type != "All":
            query += f"&jobType={self.job_type}"
        await call_through(message, connection, "GET", f"/{kind}/?{query}")
