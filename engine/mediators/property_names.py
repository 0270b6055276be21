"""Properties that the engine itself looks at, and where it looks for them."""

from __future__ import annotations

from engine.source.node import Node

_AXIS2 = (
    "HTTP_SC",
    "HTTP_SC_DESC",
    "messageType",
    "ContentType",
    "NO_ENTITY_BODY",
    "FORCE_SC_ACCEPTED",
    "REST_URL_POSTFIX",
    "HTTP_METHOD",
    "DISABLE_CHUNKING",
    "FORCE_HTTP_1.0",
    "FORCE_POST_PUT_NOBODY",
    "POST_TO_URI",
    "REQUEST_HOST_HEADER",
    "NO_KEEPALIVE",
    "COPY_CONTENT_LENGTH_FROM_INCOMING",
    "FORCE_HTTP_CONTENT_LENGTH",
    "CHARACTER_SET_ENCODING",
    "setCharacterEncoding",
    "TRANSPORT_HEADERS",
    "FAULTS_AS_HTTP_200",
    "enableMTOM",
    "enableSwA",
)
_DEFAULT = (
    "RESPONSE",
    "OUT_ONLY",
    "FORCE_ERROR_ON_SOAP_FAULT",
    "target.endpoint",
    "PRESERVE_WS_ADDRESSING",
    "QUOTE_STRING_IN_PAYLOAD_FACTORY_JSON",
    "BLOCKING_SENDER_PRESERVE_REQ_HEADERS",
    "STOP_TARGET_EXECUTION_ON_FAILURE",
)
_SCOPES = {**dict.fromkeys(_AXIS2, "axis2"), **dict.fromkeys(_DEFAULT, "default")}
_FOLDED = {name.lower().replace("_", ""): name for name in _SCOPES}
_PRIVATE = ("uri.var.", "query.param.")


def check_name(node: Node, name: str, scope: str) -> None:
    """Tell of a property that the engine looks for in another scope or under another spelling."""
    value = (node.element.get("value") or "").strip()
    if name == "HTTP_SC" and scope == "axis2" and value and not (value.isdigit() and 100 <= int(value) <= 599):
        node.warning(
            "SYN023",
            f"HTTP_SC is {value!r}, no status between 100 and 599; the client gets no answer",
            attribute="value",
            hint="write for example 201",
        )
    wanted = _SCOPES.get(name)
    if wanted is None and name.startswith(_PRIVATE) and scope != "default":
        wanted = "default"
    if wanted is not None:
        if wanted != scope:
            node.warning(
                "SYN058",
                f"the engine looks for {name} in scope {wanted}; in scope {scope} it has no effect",
                attribute="scope" if node.element.get("scope") else "name",
                hint=f'write scope="{wanted}"',
            )
        return
    if scope not in ("axis2", "default"):
        return
    meant = _FOLDED.get(name.lower().replace("_", ""))
    if meant is not None and _SCOPES[meant] == scope:
        node.warning(
            "SYN058",
            f"the engine looks for {meant}; {name} has no effect",
            attribute="name",
            hint=f"did you mean {meant!r}?",
        )
