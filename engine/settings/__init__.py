"""Settings: `conf/synflow.toml`, MI's own files beside it, the environment and the command line, as frozen values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from engine.errors import ConfigError
from engine.settings.model import (
    ContentTypes,
    Cors,
    DeploymentSettings,
    Files,
    HttpClientSettings,
    JsonXml,
    Listener,
    Logging,
    Management,
    Mediation,
    PayloadSettings,
    Sandbox,
    Security,
    Settings,
    Trace,
    Workers,
)

__all__ = [
    "ContentTypes",
    "Cors",
    "DeploymentSettings",
    "Files",
    "HttpClientSettings",
    "JsonXml",
    "Listener",
    "Logging",
    "Management",
    "Mediation",
    "PayloadSettings",
    "Sandbox",
    "Security",
    "Settings",
    "Trace",
    "Workers",
    "json_xml_properties",
    "load_settings",
]

SETTINGS_FILE = "synflow.toml"


def load_settings(
    folder: Path | None = None,
    *,
    options: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings of a conf folder (None: only defaults and the other layers).

    From weak to strong: defaults, `axis2.xml`, `deployment.toml`, `synflow.toml`, `SYNFLOW_*` variables, `options`
    (`{"listener.port": 8290}`, None for those not given). Raises ConfigError with file and line.
    """
    from engine.settings.reader import Layers, apply_environment, apply_options, apply_toml

    variables = os.environ if environment is None else environment
    layers = Layers()
    notices: list[str] = []
    properties: dict[str, str] = {}
    if folder is not None:
        if not folder.is_dir():
            raise ConfigError("there is no such conf folder", file=str(folder))
        for axis2 in (folder / "axis2.xml", folder / "axis2" / "axis2.xml"):
            if axis2.is_file():
                from engine.settings.axis2 import apply_axis2

                notices.extend(apply_axis2(layers, axis2))
        if (folder / "deployment.toml").is_file():
            from engine.settings.deployment_toml import apply_deployment_toml
            from engine.settings.toml_file import read_toml

            properties, remarks = apply_deployment_toml(layers, read_toml(folder / "deployment.toml"), variables)
            notices.extend(remarks)
        if (folder / SETTINGS_FILE).is_file():
            from engine.settings.toml_file import Placeholders, read_toml

            placeholders = Placeholders(variables, folder)
            apply_toml(layers, read_toml(folder / SETTINGS_FILE), placeholders)
    apply_environment(layers, variables)
    apply_options(layers, options or {})
    return layers.build(synapse_properties=properties, notices=tuple(notices), folder=str(folder or ""))


def json_xml_properties(settings: Settings) -> dict[str, str]:
    """The JSON and XML conversion settings under their synapse.properties names."""
    import dataclasses

    return {
        field.metadata["synapse"]: _text(getattr(settings.json_xml, field.name))
        for field in dataclasses.fields(settings.json_xml)
    }


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
