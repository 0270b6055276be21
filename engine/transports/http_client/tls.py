"""TLS contexts, made once for each set of trust settings."""

from __future__ import annotations

import ssl
from functools import lru_cache

from engine.errors import ConfigError
from engine.transports.http_client.settings import ClientSettings


def client_context(settings: ClientSettings) -> ssl.SSLContext:
    """The context for these settings. Raises ConfigError naming the file that cannot be used."""
    return _context(settings.verify, settings.ca_file, settings.cert_file, settings.key_file, settings.key_password)


@lru_cache(maxsize=64)
def _context(
    verify: bool, ca_file: str | None, cert_file: str | None, key_file: str | None, password: str | None
) -> ssl.SSLContext:
    if verify:
        try:
            context = ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError) as cause:
            raise ConfigError(f"the trusted authorities cannot be read: {cause}", file=ca_file or "") from cause
        if ca_file is None:
            _trust_something(context)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if cert_file is not None:
        try:
            context.load_cert_chain(cert_file, key_file, password if password is not None else "")
        except (OSError, ssl.SSLError) as cause:
            raise ConfigError(
                f"the client certificate cannot be used: {cause}; it takes certificate and key as PEM, "
                "and the key's password if it has one",
                file=cert_file,
            ) from cause
    return context


def _trust_something(context: ssl.SSLContext) -> None:
    """Where the system has no store of authorities that OpenSSL finds, use the one that comes with httpx."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and paths.capath is None:
        import certifi

        context.load_verify_locations(certifi.where())
