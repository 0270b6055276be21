"""Faults of the Salesforce connector itself; what Salesforce answers is passed on, not turned into a fault."""

from __future__ import annotations

from engine.errors import ErrorCode, MediationError


class SalesforceFault(MediationError):
    """The connector cannot make or use the call. `status` becomes HTTP_SC: 400 for a wrong configuration, else 500."""

    def __init__(self, message: str, *, status: int = 500, detail: str = "") -> None:
        self.status = status
        super().__init__(message, code=1, detail=detail)


def misconfigured(reason: str) -> SalesforceFault:
    """The fault for parameters that make no call."""
    return SalesforceFault(reason, status=400)


class TokenFault(MediationError):
    """No access token could be had (ERROR_CODE 303003, as of the reference engine's OAuth endpoint)."""

    def __init__(self, reason: str) -> None:
        super().__init__("Error while getting an access token", code=ErrorCode.AUTHENTICATION_FAILED, detail=reason)
