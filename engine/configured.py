"""What the settings come to: the parts of an engine as the operator wants them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from engine.codecs.json_xml_settings import JsonXmlSettings
from engine.errors import ConfigError
from engine.formats import Formats
from engine.observe.redaction import Redactor, secret_values
from engine.settings import Settings, json_xml_properties
from engine.transports.http_client import ClientSettings, Timeouts
from engine.transports.http_listener.limits import ListenerLimits

if TYPE_CHECKING:
    import ssl

    from engine.observe.tracing import Traces


def find_connectors(settings: Settings) -> None:
    """Make the connectors of the user's own folders known."""
    if settings.connectors.folders:
        from engine.mediators.connector_search import add_connector_folders

        add_connector_folders(settings.connectors.folders)


def properties_file(settings: Settings) -> Path | None:
    """MI's file.properties, when the conf folder has one."""
    found = Path(settings.folder) / "file.properties" if settings.folder else None
    return found if found is not None and found.is_file() else None


def new_redactor(settings: Settings) -> Redactor:
    """The filter for everything this process writes: it knows the secrets of settings and environment."""
    redactor = Redactor(settings.logging.redact)
    redactor.know("settings", settings.secrets)
    redactor.know("environment", secret_values(redactor, os.environ))
    return redactor


def traces(settings: Settings, redactor: Redactor) -> Traces | None:
    """Where step traces go, when a setting asks for any."""
    if not settings.trace.allow_header and not settings.trace.keep_faulted:
        return None
    from engine.observe.tracing import Traces

    return Traces(settings.trace, redactor)


def formats(settings: Settings) -> Formats:
    """Builders and formatters as configured."""
    payload = settings.payload
    return Formats(
        settings.content_types.builders,
        settings.content_types.formatters,
        json_xml=json_xml_rules(settings),
        spill_threshold=payload.spill_threshold,
        spill_folder=payload.spill_folder or None,
        max_bytes=payload.max_bytes or None,
        max_document_bytes=payload.max_document_bytes or None,
    )


def json_xml_rules(settings: Settings) -> JsonXmlSettings:
    """The conversion between JSON and XML as configured."""
    try:
        return JsonXmlSettings().with_properties(json_xml_properties(settings))
    except ValueError as error:
        raise ConfigError(f"[json_xml]: {error}") from error


def client_settings(settings: Settings) -> ClientSettings:
    """The limits of calls to back ends."""
    given = settings.http_client
    return ClientSettings(
        max_connections_per_origin=given.max_connections_per_origin,
        max_idle_per_origin=given.max_idle_per_origin,
        idle_seconds=given.idle_seconds,
        max_header_count=given.max_header_count,
        max_header_bytes=given.max_header_bytes,
        timeouts=Timeouts(connect=given.connect_timeout or None, read=given.read_timeout or None),
        verify=given.verify,
        ca_file=given.ca_file or None,
        cert_file=given.client_certificate or None,
        key_file=given.client_key or None,
        key_password=given.client_key_password or None,
    )


def listener_limits(settings: Settings) -> ListenerLimits:
    """What clients may ask for."""
    given = settings.listener
    return ListenerLimits(
        max_head_bytes=given.max_head_bytes,
        max_request_line_bytes=given.max_request_line_bytes,
        max_header_count=given.max_header_count,
        max_body_bytes=settings.payload.max_bytes or None,
        max_connections=given.max_connections,
        header_timeout=given.header_timeout,
        body_timeout=given.body_timeout,
        keep_alive_timeout=given.keep_alive_timeout,
        write_timeout=given.write_timeout,
    )


def tls_context(settings: Settings) -> ssl.SSLContext:
    """The server side of TLS. Raises ConfigError for files that cannot be used."""
    import ssl

    given = settings.listener
    for name in (given.certificate, given.private_key, given.client_ca):
        if name and not Path(name).is_file():
            raise ConfigError(f"[listener]: there is no file {name}")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(given.certificate, given.private_key or None, given.private_key_password or None)
        if given.client_ca:
            context.load_verify_locations(given.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(f"[listener] certificate {given.certificate} cannot be used: {error}") from error
    return context
