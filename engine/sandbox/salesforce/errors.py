"""What the sandbox answers when it says no: HTTP errors, failed jobs, failed rows.

Texts that are known from Salesforce's documentation or from quoted replies are used word for word; those
marked "inferred" are a reading and stand here alone, so that one place is to be put right.
"""

from __future__ import annotations


class ApiError(Exception):
    """An HTTP error answer: Salesforce's array of one `{"errorCode", "message"}` object."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        fields: list[str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.fields = fields
        super().__init__(f"{code}: {message}")

    def body(self) -> list[dict[str, object]]:
        """The answer's body."""
        entry: dict[str, object] = {"errorCode": self.code, "message": self.message}
        if self.fields is not None:
            entry["fields"] = self.fields
        return [entry]


class JobFailed(Exception):
    """The job as a whole cannot go on; the text becomes its `errorMessage`."""


class RowError(Exception):
    """One row cannot be saved; `str()` is the text of its sf__Error column."""

    def __init__(self, code: str, message: str, *fields: str) -> None:
        self.code = code
        self.message = message
        self.fields = fields
        super().__init__(f"{code}:{message}:{' '.join(fields)}{' ' if fields else ''}--")


def not_found() -> ApiError:
    """Unknown or deleted job, unknown path."""
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def session_expired() -> ApiError:
    """Missing, unknown or aged access token."""
    return ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid", headers={"WWW-Authenticate": "Token"})


def limit_exceeded() -> ApiError:
    """The day's calls are used up."""
    return ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def job_state(message: str) -> ApiError:
    """The job is not in a state that allows this."""
    return ApiError(400, "INVALIDJOBSTATE", message)


def json_error(message: str) -> ApiError:
    """The request's JSON is not what it should be."""
    return ApiError(400, "JSON_PARSER_ERROR", message)


ABORT_TERMINAL = "Aborting already Completed Job not allowed"
DELETE_RUNNING_QUERY = "Error encountered when deleting the job because the job is not terminated"
SECOND_UPLOAD = (
    "Found multiple contents for job: <{job}>, please 'Close' / 'Abort' / 'Delete' the current Job "
    "then create a new Job and make sure you only do 'PUT' once on a given Job."
)
COMPOUND_IN_BULK = "Selecting compound data not supported in Bulk Query"

# inferred
DELETE_ACTIVE_JOB = "Deleting not allowed while the job is {state}"
UPLOAD_CLOSED = "Uploading data not allowed in state {state}"
CLOSE_CLOSED = "Closing not allowed, the job is {state}"
RESULTS_EARLY = "Results are not available, the job is {state}"
UPLOAD_TOO_LARGE = "Uploaded data is larger than {limit} bytes"
UPLOAD_NOT_CSV = "Content-Type must be text/csv"
MULTIPART_TOO_LARGE = "The content part is longer than 100000 characters"
BAD_LOCATOR = "Invalid locator: {locator}"
BAD_MAX_RECORDS = "maxRecords must be a positive integer"
QUOTE_IN_VALUE = "Found unescaped quote. A value with quote should be within a quote"
OPEN_QUOTE = "ClientInputError : Failed to parse CSV. EOF reached before closing an opened quote"
RECORD_TOO_LONG = "ClientInputError : Record is longer than {limit} characters"
HEADER_TOO_LONG = "ClientInputError : Header row is longer than {limit} characters"
COLUMN_COUNT = "Row has {found} columns, header has {expected}"
DUPLICATE_COLUMN = "InvalidBatch : Duplicate field name : {name}"
ONLY_IDS = "InvalidBatch : The '{operation}' batch must contain only ids"
LINE_ENDING = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {ending}"
FIELD_NOT_FOUND = "InvalidBatch : Field name not found : {name}"
NOT_EXTERNAL = (
    "InvalidBatch : Field name provided, {name} does not match an External ID, Salesforce Id, "
    "or indexed field for {object}"
)
RESTARTED = "InternalServerError : The server was restarted while the job was running"
