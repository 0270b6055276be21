"""MI's `deployment.toml`: the keys that mean something here are taken, the others named once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.errors import ConfigError
from engine.settings.content_types import DEPLOYMENT_TOML_KEYS, named
from engine.settings.model import Settings
from engine.settings.reader import Layers, from_text
from engine.settings.toml_file import TomlFile

Convert = Callable[[Any], object]

_PLACEHOLDER = re.compile(r"\$(env|ref|secret|sys)\{([^{}]*)\}")
_HTTP = "transport.http."


def _same(value: Any) -> object:
    return value


def _seconds(value: Any) -> object:
    return value / 1000 if isinstance(value, int | float) and not isinstance(value, bool) else value


def _address(value: Any) -> object:
    return "0.0.0.0" if value in ("", "*") else value


KEYS: Mapping[str, tuple[str, Convert]] = {
    "server.hot_deployment": ("deployment.hot_reload", _same),
    "server.graceful_shutdown_timeout": ("listener.drain_seconds", _seconds),
    _HTTP + "listener.bind_address": ("listener.host", _address),
    _HTTP + "socket_timeout": ("http_client.read_timeout", _seconds),
    _HTTP + "connection_timeout": ("http_client.connect_timeout", _seconds),
    _HTTP + "max_http_connection_per_host_port": ("http_client.max_connections_per_origin", _same),
    _HTTP + "preserve_http_user_agent": ("http_client.preserve_user_agent", _same),
    _HTTP + "preserve_http_headers": ("http_client.preserve_headers", _same),
    _HTTP + "correlation_header_name": ("mediation.correlation_header", _same),
    "mediation.synapse.global_timeout_interval": ("mediation.endpoint_timeout", _seconds),
    "management_api.enable": ("management.enabled", _same),
    **{
        f"mediation.{infix}{name}": (f"json_xml.{field}", _same)
        for infix in ("", "synapse.")
        for name, field in {
            "preserve_namespace_on_xml_to_json": "preserve_namespace",
            "enable_namespace_declaration": "namespace_declarations",
            "build_valid_nc_name": "valid_nc_names",
            "enable_auto_primitive": "auto_primitive",
            "disable_auto_primitive_regex": "string_regex",
            "disable_custom_replace_regex": "replace_regex",
            "json_out_auto_array": "auto_array",
            "enable_xml_nil": "nil",
        }.items()
    },
}
"""Keys with a setting of ours for each."""

_SILENT = (
    "server.hostname",
    "server.node_ip",
    "user_store.",
    "keystore.",
    "truststore.",
    "internal_apis.",
    "server.log_mask",
    "server.enable_hot_deployment",
)
_PORTS = {
    "offset": "server.offset",
    "port": _HTTP + "listener.port",
    "secured_port": _HTTP + "listener.secured_port",
}


def apply_deployment_toml(
    layers: Layers, source: TomlFile, environment: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Lay a `deployment.toml` over what is there.

    Returns its synapse.properties entries and the remarks to log. Raises ConfigError for a value that cannot be used.
    """
    flat = dict(_flatten(source.table))
    flat = {key: _filled(value, flat, source, environment, key) for key, value in flat.items()}
    used: set[str] = set()
    notices: list[str] = []
    properties: dict[str, str] = {}
    for key, value in flat.items():
        line_key = tuple(key.split("."))

        def wrong(reason: str, line_key: tuple[str, ...] = line_key) -> ConfigError:
            return source.error(reason, *line_key)

        if key in KEYS:
            target, convert = KEYS[key]
            section, _, name = target.partition(".")
            layers.give(section, name, convert(value), wrong)
        elif key.startswith("synapse_properties."):
            properties[key.partition(".")[2]] = _text(value)
        elif not _component(layers, key, value, wrong, notices, source):
            continue
        used.add(key)
    used |= _ports(layers, flat, source)
    used |= _size_limit(layers, flat, source)
    apply_synapse_properties(layers, properties, source)
    unused = [key for key in flat if key not in used and not key.startswith(_SILENT)]
    if unused:
        notices.append(f"{source.file}: not used here: " + ", ".join(sorted(unused)))
    return properties, notices


def apply_synapse_properties(layers: Layers, properties: Mapping[str, str], source: TomlFile) -> None:
    """Take the entries that settings of ours stand for."""
    defaults = Settings()
    for section in ("cors", "json_xml"):
        for name, field in layers.fields(section).items():
            key = field.metadata["synapse"]
            if key in properties:

                def wrong(reason: str, key: str = key) -> ConfigError:
                    return source.error(f"{reason} ({key})", "synapse_properties", key)

                default = getattr(getattr(defaults, section), name)
                layers.give(section, name, from_text(properties[key], default), wrong)


def _component(
    layers: Layers, key: str, value: object, wrong: Callable[[str], ConfigError], notices: list[str], source: TomlFile
) -> bool:
    head, _, rest = key.partition(".")
    if head in ("message_builders", "message_formatters"):
        content_type: object = DEPLOYMENT_TOML_KEYS.get(rest, rest if "/" in rest else None)
        pairs = [(content_type, value)]
    elif head in ("custom_message_builders", "custom_message_formatters") and isinstance(value, list):
        pairs = [(entry.get("content_type"), entry.get("class")) for entry in value if isinstance(entry, dict)]
    else:
        return False
    table = "builders" if head.endswith("builders") else "formatters"
    for content_type, component in pairs:
        if not isinstance(content_type, str) or not isinstance(component, str):
            raise wrong(f"[[{head}]] needs content_type and class, both texts")
        if named(component.strip()) is None:
            notices.append(
                f"{source.file}:{source.line(head)}: the class {component} is not known here; {content_type} "
                f"keeps its {table[:-1]}"
            )
        else:
            layers.give("content_types", table, {content_type: component.strip()}, wrong)
    return True


def _ports(layers: Layers, flat: Mapping[str, object], source: TomlFile) -> set[str]:
    """Ports as MI reckons them: 8280, 8243 and 9154, or what is given, plus the offset (10)."""
    given = {name: flat[key] for name, key in _PORTS.items() if key in flat}
    for name, value in given.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise source.error(f"{_PORTS[name]} must be a whole number, not {value!r}", *_PORTS[name].split("."))
    if not given:
        return set()
    numbers = {name: int(str(value)) for name, value in given.items()}
    offset = numbers.get("offset", 10)

    def wrong(reason: str) -> ConfigError:
        return source.error(reason, *next(iter(_PORTS[name] for name in given)).split("."))

    layers.give("listener", "port", numbers.get("port", 8280) + offset, wrong)
    layers.give("listener", "https_port", numbers.get("secured_port", 8243) + offset, wrong)
    if "offset" in numbers:
        layers.give("management", "port", 9154 + offset, wrong)
    return {_PORTS[name] for name in given}


def _size_limit(layers: Layers, flat: Mapping[str, object], source: TomlFile) -> set[str]:
    switch, size = _HTTP + "enable_message_size_validation", _HTTP + "max_message_size_bytes"
    if flat.get(switch) is True:
        layers.give(
            "payload", "max_bytes", flat.get(size, 81920), lambda reason: source.error(reason, *size.split("."))
        )
    return {key for key in (switch, size) if key in flat}


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _filled(value: Any, flat: Mapping[str, Any], source: TomlFile, environment: Mapping[str, str], key: str) -> Any:
    if isinstance(value, list):
        return [
            {k: _filled(v, flat, source, environment, key) for k, v in item.items()}
            if isinstance(item, dict)
            else _filled(item, flat, source, environment, key)
            for item in value
        ]
    if not isinstance(value, str) or "$" not in value:
        return value

    def replace(match: re.Match[str]) -> str:
        kind, name = match.group(1), match.group(2).strip()
        if kind == "env" and name in environment:
            return environment[name]
        if kind == "ref" and isinstance(flat.get(name), str | int):
            return str(flat[name])
        if kind == "secret" and isinstance(flat.get(f"secrets.{name}"), str):
            return str(flat[f"secrets.{name}"]).removeprefix("[").removesuffix("]")
        if kind in ("sys", "secret"):
            return match.group(0)
        what = "environment variable" if kind == "env" else "key"
        raise source.error(f"{key}: the {what} {name!r} is not set", *key.split("."))

    return _PLACEHOLDER.sub(replace, value)


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
