"""Which builder and formatter a content type has unless configured otherwise (MI's axis2.xml, and text/csv)."""

from __future__ import annotations

_RELAYED = (
    "application/octet-stream",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/binary",
)
_BOTH = {
    "application/json": "json",
    "text/javascript": "json",
    "application/json/badgerfish": "json",
    "application/xml": "xml",
    "text/xml": "soap",
    "application/soap+xml": "soap",
    "text/plain": "text",
    "text/csv": "text",
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
    **dict.fromkeys(_RELAYED, "binary"),
}
DEFAULT_BUILDERS: dict[str, str] = dict(_BOTH)
DEFAULT_FORMATTERS: dict[str, str] = dict(_BOTH)
