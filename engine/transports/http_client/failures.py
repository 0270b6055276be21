"""Every way a call can fail: the code of the reference engine, the peer and the cause in words."""

from __future__ import annotations

import socket
import ssl

from engine.errors import ErrorCode, SendTimeout, TransportError
from engine.transports.http_client.target import Origin

IN_SENDER = "Error in Sender"
CONNECTING = "Error connecting to the back end"
TIMED_OUT = "Send timeout"
QUEUE_FULL = "Number of queued messages exceeds the limit"

REQUEST_READY, REQUEST_HEAD, REQUEST_BODY, REQUEST_DONE, RESPONSE_HEAD, RESPONSE_BODY = range(6)
"""The protocol states of the reference engine (passthru ProtocolState) that a call can fail in."""

_DOING = {
    REQUEST_READY: "before the request was sent",
    REQUEST_HEAD: "while the request was sent",
    REQUEST_BODY: "while the request body was sent",
    REQUEST_DONE: "before the reply came",
    RESPONSE_HEAD: "within the head of the reply",
    RESPONSE_BODY: "within the body of the reply",
}


def place(origin: Origin) -> str:
    """host:port as people write it."""
    _, host, port = origin
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def connect_failed(origin: Origin, cause: OSError | UnicodeError) -> TransportError:
    """No connection came about: name, route, refusal or TLS."""
    code = ErrorCode.CONNECTION_FAILED
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = f"its TLS certificate is not accepted: {cause.verify_message}"
    elif isinstance(cause, ssl.SSLError):
        why = f"TLS handshake failed: {cause.reason or cause}"
    elif isinstance(cause, (socket.gaierror, UnicodeError)):
        why = f"unknown host ({cause.strerror if isinstance(cause, OSError) else cause})"
    elif isinstance(cause, ConnectionRefusedError):
        why = "connection refused; nothing listens there"
    elif isinstance(cause, TimeoutError):
        return connect_timeout(origin, None)
    elif isinstance(cause, ConnectionError):
        why = f"closed while connecting ({cause.strerror or cause})"
    else:
        why = cause.strerror if isinstance(cause.strerror, str) else str(cause)
    return TransportError(CONNECTING, code=code, detail=f"{place(origin)}: {why}")


def connect_timeout(origin: Origin, seconds: float | None) -> TransportError:
    """The connection was not there in time."""
    within = f" within {seconds:g} s" if seconds is not None else " in time"
    return TransportError(CONNECTING, code=ErrorCode.CONNECT_TIMEOUT, detail=f"{place(origin)}: no connection{within}")


def send_timeout(origin: Origin, state: int, *, sent: bool) -> SendTimeout:
    """The time of the whole call is over. The reference engine reports this without a protocol state."""
    detail = f"{place(origin)}: the time for the call was over {_DOING[state]}"
    return SendTimeout(TIMED_OUT, code=ErrorCode.TIMEOUT, detail=detail, sent=sent)


def silence(origin: Origin, state: int, seconds: float, *, sent: bool) -> TransportError:
    """The peer said nothing for too long."""
    detail = f"{place(origin)}: silent for {seconds:g} s {_DOING[state]}"
    return TransportError(IN_SENDER, code=ErrorCode.TIMEOUT, detail=detail, state=state, sent=sent)


def closed(origin: Origin, state: int, cause: BaseException | None, *, sent: bool) -> TransportError:
    """The peer closed or reset the connection."""
    how = "connection reset" if isinstance(cause, ConnectionResetError) else "connection closed by the peer"
    why = f" ({cause})" if cause is not None and not isinstance(cause, ConnectionResetError) else ""
    detail = f"{place(origin)}: {how} {_DOING[state]}{why}"
    return TransportError(IN_SENDER, code=ErrorCode.CONNECTION_CLOSED, detail=detail, state=state, sent=sent)


def violation(origin: Origin, state: int, text: str) -> TransportError:
    """The peer does not speak HTTP as it must."""
    detail = f"{place(origin)}: bad HTTP: {text}"
    return TransportError(IN_SENDER, code=ErrorCode.PROTOCOL_VIOLATION, detail=detail, state=state, sent=True)


def upload_broken(origin: Origin, text: str) -> TransportError:
    """Our own side could not deliver the request body it had announced."""
    detail = f"{place(origin)}: {text}"
    code = ErrorCode.SENDER_IO_ERROR_SENDING
    return TransportError(IN_SENDER, code=code, detail=detail, state=REQUEST_BODY, sent=True)


def queue_full(origin: Origin, limit: int) -> TransportError:
    """More calls wait for a connection than the settings allow."""
    detail = f"{place(origin)}: all connections busy and {limit} calls waiting"
    return TransportError(QUEUE_FULL, code=ErrorCode.TIMEOUT, detail=detail)


def given_up(origin: Origin, why: str) -> TransportError:
    """Our own side closed the connection."""
    return TransportError(IN_SENDER, code=ErrorCode.CONNECTION_CLOSED, detail=f"{place(origin)}: {why}", sent=True)
