"""Every setting with its default and its one line of explanation: the source of `conf/synflow.toml`.

No slots: there is one object of each kind, and a class with slots is made twice at every start.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from engine.records import dataclass
from engine.settings.content_types import DEFAULT_BUILDERS, DEFAULT_FORMATTERS


def setting(
    default: Any,
    doc: str,
    *,
    choices: tuple[str, ...] = (),
    secret: bool = False,
    minimum: float | None = None,
    synapse: str = "",
) -> Any:
    """Declare a setting. The default's type is the setting's type; `synapse` is its synapse.properties name."""
    meta = {"doc": doc, "choices": choices, "secret": secret, "minimum": minimum, "synapse": synapse}
    return field(default=default, metadata=meta, repr=not secret)


def described(doc: str, *, secret: bool = False) -> dict[str, Any]:
    """The metadata of a setting that is a table of texts."""
    return {"doc": doc, "choices": (), "secret": secret, "minimum": None, "synapse": "", "table": True}


@dataclass(frozen=True)
class Listener:
    """Where clients reach the flows, and what one client may ask for."""

    host: str = setting("127.0.0.1", "address to listen on; 0.0.0.0 for every interface")
    port: int = setting(8290, "HTTP port; 0 takes a free one", minimum=0)
    https_port: int = setting(8253, "HTTPS port; opened when certificate is set", minimum=0)
    certificate: str = setting("", "PEM file with the server certificate and its chain")
    private_key: str = setting("", "PEM file with its private key; empty: in the certificate file")
    private_key_password: str = setting("", "password of the private key", secret=True)
    client_ca: str = setting("", "PEM file of authorities; when set, clients must show a certificate of one of them")
    server_name: str = setting("localhost", "name of this server in descriptions such as WSDL")
    max_head_bytes: int = setting(65536, "request line and headers together; beyond it 431", minimum=1024)
    max_request_line_bytes: int = setting(32768, "request line; beyond it 414", minimum=256)
    max_header_count: int = setting(100, "header fields of one request; beyond it 431", minimum=1)
    max_connections: int = setting(10000, "open connections; beyond it 503", minimum=1)
    header_timeout: float = setting(20.0, "seconds a client has for the whole request head; then 408", minimum=0.1)
    body_timeout: float = setting(
        60.0, "seconds a client may go without making progress with its body; then 408", minimum=0.1
    )
    keep_alive_timeout: float = setting(75.0, "seconds an idle connection is kept", minimum=0.1)
    write_timeout: float = setting(60.0, "seconds a client may take nothing of its reply", minimum=0.1)
    drain_seconds: float = setting(30.0, "after SIGTERM, seconds that running requests may take to finish", minimum=0.0)


@dataclass(frozen=True)
class Management:
    """Health, problems and state of the engine."""

    enabled: bool = setting(True, "serve /readiness, /healthz, /liveness, /problems, /artifacts, /metrics")
    host: str = setting("127.0.0.1", "address to listen on")
    port: int = setting(9164, "management port; 0 takes a free one", minimum=0)


@dataclass(frozen=True)
class PayloadSettings:
    """Bodies of messages."""

    spill_threshold: int = setting(
        1048576, "bytes of a payload kept in memory; larger ones go to a temporary file", minimum=0
    )
    spill_folder: str = setting("", "folder for such files; empty: the system's temporary folder")
    max_bytes: int = setting(0, "largest request body; beyond it 413; 0 for no limit", minimum=0)
    max_document_bytes: int = setting(
        67108864,
        "largest XML, JSON or form body that is taken apart, which needs up to 20 times its size; 0 for no limit",
        minimum=0,
    )


@dataclass(frozen=True)
class Mediation:
    """How flows behave."""

    faults: str = setting(
        "error",
        "what a client gets after an unhandled fault: error (500 with a reason) or mi (202, empty)",
        choices=("error", "mi"),
    )
    endpoint_timeout: float = setting(
        120.0, "seconds to wait for a back end whose endpoint names no duration", minimum=0.0
    )
    correlation_header: str = setting("activityid", "request header that carries the correlation id")


@dataclass(frozen=True)
class HttpClientSettings:
    """Calls to back ends; connections are counted for each scheme, host and port."""

    max_connections_per_origin: int = setting(1024, "open connections to one back end", minimum=1)
    max_idle_per_origin: int = setting(256, "idle connections kept to one back end", minimum=0)
    idle_seconds: float = setting(30.0, "seconds an idle connection is kept", minimum=0.0)
    connect_timeout: float = setting(10.0, "seconds for name look-up, TCP and TLS", minimum=0.0)
    read_timeout: float = setting(180.0, "longest silence of a back end in seconds", minimum=0.0)
    max_header_count: int = setting(200, "header fields of a reply", minimum=1)
    max_header_bytes: int = setting(65536, "bytes of a reply's head", minimum=1024)
    verify: bool = setting(True, "check the certificates of back ends")
    ca_file: str = setting("", "PEM file of authorities instead of the system's")
    client_certificate: str = setting("", "PEM file with the certificate shown to back ends")
    client_key: str = setting("", "PEM file with its private key")
    client_key_password: str = setting("", "password of that key", secret=True)
    preserve_user_agent: bool = setting(False, "send the client's User-Agent on instead of ours")
    preserve_headers: tuple[str, ...] = setting(("Content-Type",), "headers of the message that are sent unchanged")


@dataclass(frozen=True)
class DeploymentSettings:
    """Artifacts and their reload."""

    hot_reload: bool = setting(True, "take changed files without a restart")
    debounce_ms: int = setting(
        20, "milliseconds without a further change before a burst of changes is deployed", minimum=1
    )
    settle_ms: int = setting(
        100, "milliseconds after which an empty, half-written or vanished file is looked at again", minimum=1
    )
    poll: bool = setting(False, "look for changes every poll_ms instead of being notified (network file systems)")
    poll_ms: int = setting(1000, "milliseconds between two looks; used also for linked folders", minimum=10)
    max_file_bytes: int = setting(16777216, "largest artifact file", minimum=1024)
    max_archive_bytes: int = setting(268435456, "largest unpacked content of a .car", minimum=1024)


@dataclass(frozen=True)
class Logging:
    """What is written to standard error."""

    level: str = setting("INFO", "DEBUG, INFO, WARNING or ERROR", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    format: str = setting("text", "text (one line as in MI) or json (one object a line)", choices=("text", "json"))
    access_log: bool = setting(False, "one line for every request")
    redact: tuple[str, ...] = setting(
        (), "more names whose values are never written; passwords, tokens and client secrets are always covered"
    )
    loggers: dict[str, str] = field(
        default_factory=dict, metadata=described('level of single loggers, such as "synflow.mediation" = "DEBUG"')
    )


@dataclass(frozen=True)
class Connectors:
    """Connectors beside those that come with the engine."""

    folders: tuple[str, ...] = setting((), "folders that hold connectors written in Python, one folder each")


@dataclass(frozen=True)
class Files:
    """Where file operations may go."""

    data_folder: str = setting("", "root of relative paths of connections without workingDir; empty: working directory")
    registry_folder: str = setting("registry", "where registry resources that flows write are kept")
    follow_links: bool = setting(False, "follow symbolic links that lead out of the root")
    allow_outside: bool = setting(False, "let .. and absolute paths leave the root")
    write_result: str = setting(
        "auto",
        "body after a file operation: auto (JSON for JSON requests), xml (as MI) or json",
        choices=("auto", "xml", "json"),
    )


@dataclass(frozen=True)
class ContentTypes:
    """Which builder reads and which formatter writes a content type; `none` takes an entry away."""

    builders: dict[str, str] = field(
        default_factory=lambda: dict(DEFAULT_BUILDERS),
        metadata=described("content type = builder, Java class name or module:Class"),
    )
    formatters: dict[str, str] = field(
        default_factory=lambda: dict(DEFAULT_FORMATTERS),
        metadata=described("content type = formatter, Java class name or module:Class"),
    )


@dataclass(frozen=True)
class Cors:
    """Cross-origin requests, for APIs without a handler of their own."""

    enabled: bool = setting(
        True, "answer with CORS headers when origins are given", synapse="synapse.rest.CORSConfig.enabled"
    )
    allowed_origins: tuple[str, ...] = setting(
        (), "origins, or *", synapse="synapse.rest.CORSConfig.Access-Control-Allow-Origin"
    )
    allowed_headers: tuple[str, ...] = setting(
        (), "request headers that may be sent", synapse="synapse.rest.CORSConfig.Access-Control-Allow-Headers"
    )


@dataclass(frozen=True)
class JsonXml:
    """The conversion between JSON and XML; names as in synapse.properties stand beside each."""

    preserve_namespace: bool = setting(
        False, "keep prefixes in member names", synapse="synapse.commons.json.preserve.namespace"
    )
    namespace_declarations: bool = setting(
        False, "write @xmlns members", synapse="synapse.commons.json.output.enableNSDeclarations"
    )
    namespace_separator: str = setting(
        "_", "between prefix and name in member names", synapse="synapse.commons.json.output.namespaceSepChar"
    )
    valid_nc_names: bool = setting(
        False, "code member names that XML does not allow", synapse="synapse.commons.json.buildValidNCNames"
    )
    auto_primitive: bool = setting(
        True,
        "text that looks like a number, boolean or null becomes one",
        synapse="synapse.commons.json.output.autoPrimitive",
    )
    string_regex: str = setting(
        "", "text that matches stays a string", synapse="synapse.commons.json.output.disableAutoPrimitive.regex"
    )
    replace_regex: str = setting(
        "",
        "text that begins with a match stays a string, the match replaced",
        synapse="synapse.commons.json.json.output.disableAutoPrimitive.customReplaceRegex",
    )
    replace_with: str = setting(
        "", "what replaces it", synapse="synapse.commons.json.json.output.disableAutoPrimitive.customReplaceSequence"
    )
    auto_array: bool = setting(
        True, "neighbours of one name become an array", synapse="synapse.commons.json.output.jsonoutAutoArray"
    )
    read_multiple: bool = setting(
        True, "<?xml-multiple?> makes an array", synapse="synapse.commons.json.output.jsonoutMultiplePI"
    )
    write_multiple: bool = setting(
        False, "arrays get an <?xml-multiple?>", synapse="synapse.commons.json.output.xmloutMultiplePI"
    )
    nil: bool = setting(
        False, 'null is written and read as nil="true"', synapse="synapse.commons.enableXmlNilReadWrite"
    )
    empty_is_null: bool = setting(
        True, 'an empty element becomes null, otherwise ""', synapse="synapse.commons.enableXmlNullForEmptyElement"
    )


@dataclass(frozen=True)
class Security:
    """Who may call APIs that ask for basic authentication (RESTBasicAuthHandler)."""

    users: dict[str, str] = field(
        default_factory=dict,
        metadata=described('user name = password, such as "joe" = "$env{JOES_PASSWORD}"', secret=True),
        repr=False,
    )


@dataclass(frozen=True)
class Sandbox:
    """The embedded Salesforce of `--sandbox salesforce`."""

    host: str = setting("127.0.0.1", "address it listens on")
    port: int = setting(8380, "its port; 0 takes a free one", minimum=0)
    database: str = setting("", "SQLite file that keeps records and jobs; empty: forgotten at the end")
    data: str = setting("", "JSON file with more objects and records")
    processing_delay: float = setting(0.0, "seconds a closed job takes", minimum=0.0)


@dataclass(frozen=True)
class Workers:
    """Several processes on one port."""

    count: int = setting(1, "processes that serve", minimum=1)
    restart_delay: float = setting(
        0.2, "seconds before a crashed worker is started again; doubles each time", minimum=0.0
    )
    max_restart_delay: float = setting(30.0, "longest such wait", minimum=0.0)


@dataclass(frozen=True)
class Trace:
    """Step traces of single messages."""

    allow_header: bool = setting(False, "trace a request with an X-Synflow-Trace header that comes from this machine")
    keep_faulted: int = setting(
        0, "how many faulted messages to keep with their trace; above 0 every request is recorded", minimum=0
    )
    keep_bytes: int = setting(8388608, "bytes of all traces kept for one reason; the oldest go first", minimum=0)
    max_characters: int = setting(4096, "characters of a payload or value shown in a trace", minimum=0)


@dataclass(frozen=True)
class Settings:
    """All settings of one engine; `notices` are remarks about the files of `folder`, where they are from."""

    listener: Listener = field(default_factory=Listener)
    management: Management = field(default_factory=Management)
    payload: PayloadSettings = field(default_factory=PayloadSettings)
    mediation: Mediation = field(default_factory=Mediation)
    http_client: HttpClientSettings = field(default_factory=HttpClientSettings)
    deployment: DeploymentSettings = field(default_factory=DeploymentSettings)
    logging: Logging = field(default_factory=Logging)
    connectors: Connectors = field(default_factory=Connectors)
    files: Files = field(default_factory=Files)
    content_types: ContentTypes = field(default_factory=ContentTypes)
    cors: Cors = field(default_factory=Cors)
    security: Security = field(default_factory=Security)
    json_xml: JsonXml = field(default_factory=JsonXml)
    sandbox: Sandbox = field(default_factory=Sandbox)
    workers: Workers = field(default_factory=Workers)
    trace: Trace = field(default_factory=Trace)
    synapse_properties: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    folder: str = ""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


SECTIONS = tuple(
    each.name
    for each in dataclasses.fields(Settings)
    if each.name not in ("synapse_properties", "notices", "folder", "secrets")
)
"""The names of the tables of `synflow.toml`, in the order they are shown."""
