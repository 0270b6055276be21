"""Building settings out of layers: what a later layer gives replaces what an earlier one gave."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.errors import ConfigError
from engine.registry import nearest
from engine.settings.content_types import named
from engine.settings.model import SECTIONS, Settings

if TYPE_CHECKING:
    from engine.settings.toml_file import Placeholders, TomlFile

ENVIRONMENT_PREFIX = "SYNFLOW_"
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})

Section = dict[str, Any]
Wrong = Callable[[str], ConfigError]


class Layers:
    """The values gathered so far, section by section; only what was given is in here."""

    __slots__ = ("_defaults", "secrets", "values")

    def __init__(self) -> None:
        self._defaults = Settings()
        self.values: dict[str, Section] = {name: {} for name in SECTIONS}
        self.secrets: set[str] = set()

    def fields(self, section: str) -> dict[str, dataclasses.Field[Any]]:
        """The settings of a section by name."""
        return {each.name: each for each in dataclasses.fields(getattr(self._defaults, section))}

    def give(self, section: str, name: str, value: object, wrong: Wrong) -> None:
        """Set one value after checking it. Raises what `wrong` makes of the reason."""
        field = self.fields(section)[name]
        default = getattr(getattr(self._defaults, section), name)
        label = f"[{section}] {name}"
        checked = checked_value(label, value, default, wrong)
        choices: tuple[str, ...] = field.metadata["choices"]
        if choices and checked not in choices:
            near = nearest(str(checked), choices)
            raise wrong(
                f"{label} is {checked!r}; " + (f"did you mean {near!r}?" if near else "one of: " + ", ".join(choices))
            )
        minimum = field.metadata["minimum"]
        if minimum is not None and checked < minimum:
            raise wrong(f"{label} is {checked}, must be at least {minimum:g}")
        if name in ("port", "https_port") and checked > 65535:
            raise wrong(f"{label} is {checked}, must be at most 65535")
        if field.metadata["secret"] and checked:
            self.secrets.update(checked.values() if isinstance(checked, dict) else (checked,))
        if isinstance(default, dict):
            checked = merged(self.values[section].get(name, default), checked, section, label, wrong)
        self.values[section][name] = checked

    def build(self, **more: Any) -> Settings:
        """The settings: defaults, and over them what was given."""
        sections = {
            name: dataclasses.replace(getattr(self._defaults, name), **given)
            for name, given in self.values.items()
            if given
        }
        return dataclasses.replace(self._defaults, **sections, secrets=frozenset(self.secrets), **more)


def checked_value(label: str, value: object, default: object, wrong: Wrong) -> Any:
    """`value` in the type of `default`. Raises what `wrong` makes of the reason."""
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise wrong(f"{label} must be true or false, not {value!r}")
    if isinstance(default, int):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise wrong(f"{label} must be a whole number, not {value!r}")
    if isinstance(default, float):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise wrong(f"{label} must be a number, not {value!r}")
    if isinstance(default, str):
        if isinstance(value, str):
            return value
        raise wrong(f"{label} must be a text in quotes, not {value!r}")
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise wrong(f'{label} must be a list of texts, such as ["a", "b"], not {value!r}')
    if isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()):
        return {str(key): item for key, item in value.items()}
    raise wrong(f'{label} must be a table of texts, such as {{ "a" = "b" }}, not {value!r}')


def merged(
    earlier: Mapping[str, str], given: Mapping[str, str], section: str, label: str, wrong: Wrong
) -> dict[str, str]:
    """A table with new entries over the earlier ones; content types in lower case, "none" takes one away."""
    result = dict(earlier)
    for key, value in given.items():
        if section != "content_types":
            result[key] = value
            continue
        component = named(value)
        if component is None:
            raise wrong(
                f"{label}: {value!r} is no builder or formatter known here; "
                "write its name, or module:Class for one of your own"
            )
        result[key.strip().lower()] = component
        if component == "none":
            del result[key.strip().lower()]
    return result


def apply_toml(layers: Layers, source: TomlFile, placeholders: Placeholders) -> None:
    """Lay `synflow.toml` over what is there. Unknown tables and keys are errors with line and did-you-mean."""
    for section, table in source.table.items():
        if section not in SECTIONS:
            raise source.error(
                unknown(f"[{section}]" if isinstance(table, dict) else section, section, SECTIONS, "tables"), section
            )
        if not isinstance(table, dict):
            raise source.error(f"{section!r} is a table: write [{section}] and its settings below", section)
        known = layers.fields(section)
        for name, value in table.items():
            if name not in known:
                raise source.error(unknown(f"{name!r} in [{section}]", name, known, "settings"), section, name)

            def wrong(reason: str, section: str = section, name: str = name) -> ConfigError:
                return source.error(reason, section, name)

            layers.give(section, name, filled(value, placeholders, wrong), wrong)


def unknown(what: str, name: str, known: Mapping[str, object] | tuple[str, ...], plural: str) -> str:
    """The text about a name that is none of `known`."""
    near = nearest(name, known)
    return f"there is no setting {what}; " + (
        f"did you mean {near!r}?" if near else f"{plural} here: " + ", ".join(known)
    )


def filled(value: object, placeholders: Placeholders, wrong: Wrong) -> object:
    """`value` with the placeholders of all its texts filled in."""
    try:
        if isinstance(value, str):
            return placeholders.fill(value)
        if isinstance(value, list):
            return [placeholders.fill(item) if isinstance(item, str) else item for item in value]
        if isinstance(value, dict):
            return {key: placeholders.fill(item) if isinstance(item, str) else item for key, item in value.items()}
    except ValueError as error:
        raise wrong(str(error)) from error
    return value


def apply_environment(layers: Layers, environment: Mapping[str, str]) -> None:
    """Lay `SYNFLOW_<TABLE>_<SETTING>` variables over what is there; other names are left alone."""
    for section in SECTIONS:
        for name, field in layers.fields(section).items():
            variable = f"{ENVIRONMENT_PREFIX}{section}_{name}".upper()
            text = environment.get(variable)
            if text is None or "table" in field.metadata:
                continue

            def wrong(reason: str, variable: str = variable) -> ConfigError:
                return ConfigError(f"{reason} (environment variable {variable})")

            layers.give(section, name, from_text(text, field.default), wrong)


def from_text(text: str, default: object) -> object:
    """An environment variable as the type of `default`; what does not fit stays a text and is refused later."""
    if isinstance(default, bool):
        folded = text.strip().lower()
        return True if folded in _TRUE else False if folded in _FALSE else text
    if isinstance(default, int | float):
        try:
            return type(default)(text)
        except ValueError:
            return text
    if isinstance(default, tuple):
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def apply_options(layers: Layers, options: Mapping[str, object]) -> None:
    """Lay command line options (`"listener.port": 8290`) over what is there; None means not given."""
    for key, value in options.items():
        if value is None:
            continue
        section, _, name = key.partition(".")

        def wrong(reason: str) -> ConfigError:
            return ConfigError(f"{reason} (command line)")

        layers.give(section, name, value, wrong)
