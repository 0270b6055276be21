"""What can be set about the sandbox; the defaults work out of the box with the demo credentials below."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024

DEMO_CLIENT_ID = "synflow-demo-client"
DEMO_CLIENT_SECRET = "synflow-demo-secret"
DEMO_REFRESH_TOKEN = "synflow-demo-refresh-token"
DEMO_ACCESS_TOKEN = "synflow-demo-access-token"
DEMO_USERNAME = "demo@synflow.example"
DEMO_PASSWORD = "synflow-demo-password"
DEMO_SECURITY_TOKEN = "synflowDemoToken"

OLDEST_VERSION = 41
OLDEST_QUERY_VERSION = 47
OLDEST_PAGES_VERSION = 58


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """One Salesforce org: where its data live, who may log in, how fast it works.

    database
        SQLite file that keeps records and jobs; job files go to the folder of the same name with `.files`
        behind it. None keeps everything in a temporary folder that goes away with the sandbox.
    data
        JSON file with more objects, fields and records, see `datafile`.
    access_token_lifetime
        Seconds an issued access token is good for. The token `access_token` is valid from the start and
        ages too.
    processing_delay
        Seconds a closed job stays away from its end: half of it UploadComplete, half InProgress. 0 is
        instant: a reader of a job under way waits up to `settle` seconds for its end, so a client that asks
        at once sees the outcome.
    page_records
        Rows of one page of query results when the client names no `maxRecords`.
    enforce_daily_limit
        Answer 403 REQUEST_LIMIT_EXCEEDED after `daily_api_limit` calls, not only count them in Sforce-
        Limit-Info.
    strict_bom
        Take a byte order mark as part of the first column name, which fails the job, instead of dropping it.
    control
        Offer the switches under /__sandbox/ (faults, expiry, pace); anybody who reaches the port may use
        them.
    """

    database: Path | None = None
    data: Path | None = None
    client_id: str = DEMO_CLIENT_ID
    client_secret: str = DEMO_CLIENT_SECRET
    refresh_token: str = DEMO_REFRESH_TOKEN
    access_token: str = DEMO_ACCESS_TOKEN
    username: str = DEMO_USERNAME
    password: str = DEMO_PASSWORD
    security_token: str = DEMO_SECURITY_TOKEN
    access_token_lifetime: float = 7200.0
    processing_delay: float = 0.0
    settle: float = 2.0
    page_records: int = 1_000_000
    max_upload_bytes: int = 150 * MEBIBYTE
    daily_api_limit: int = 15_000
    enforce_daily_limit: bool = False
    hard_delete_allowed: bool = True
    strict_bom: bool = False
    gzip: bool = True
    control: bool = True
    instance_url: str = ""
    newest_version: int = 67
