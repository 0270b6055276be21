"""The settings of the conversion between JSON and XML (`synapse.properties`, jsontransform properties)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from engine.records import dataclass

MAX_DEPTH = 256
"""Elements or members inside each other that both conversions follow; what libxml2 reads without being
told more.
"""


@dataclass(frozen=True, slots=True)
class JsonXmlSettings:
    """Every switch of the conversion, with the defaults of the reference engine; PROPERTY_NAMES maps their
    names there.
    """

    preserve_namespace: bool = False
    """Keep prefixes in member names."""
    namespace_declarations: bool = False
    """Write `@xmlns` members for declarations."""
    namespace_separator: str = "_"
    """Between prefix and name in member names."""
    valid_nc_names: bool = False
    """Accepted; names are always coded, see engine.codecs.names."""
    auto_primitive: bool = True
    """Text that looks like a number, boolean or null becomes one."""
    string_regex: re.Pattern[str] | None = None
    """Text that matches as a whole stays a string."""
    replace_regex: re.Pattern[str] | None = None
    """Text that begins with a match stays a string, the first match replaced; not used beside
    string_regex.
    """
    replace_with: str = ""
    """What replaces the match of replace_regex; `$1` stands for a group."""
    auto_array: bool = True
    """Neighbours of one name become an array; otherwise the member is repeated."""
    read_multiple: bool = True
    """`<?xml-multiple name?>` makes an array when JSON is written."""
    write_multiple: bool = False
    """Arrays get an `<?xml-multiple  name?>` when XML is written, so that nothing is lost on the way back."""
    nil: bool = False
    """null is written and read as the attribute nil="true"."""
    empty_is_null: bool = True
    """An empty element becomes null, otherwise ""."""
    preserve_spaces: bool = False
    """White space that is all of an element is text (axis2 property PRESERVE_SPACES)."""
    max_depth: int = MAX_DEPTH
    """Levels followed before the conversion is refused."""

    def with_properties(self, properties: Mapping[str, str]) -> JsonXmlSettings:
        """These settings changed by properties of the reference engine; names that belong elsewhere are
        passed over.

        Raises ValueError naming the property for a regular expression that cannot be read.
        """
        changes: dict[str, object] = {}
        for name, text in properties.items():
            field = PROPERTY_NAMES.get(name)
            if field is None:
                continue
            if field in _REGEXES:
                changes[field] = _regex(name, text)
            elif field in _TEXTS:
                changes[field] = text
            else:
                changes[field] = text.strip().lower() == "true"
        return replace(self, **changes) if changes else self  # type: ignore[arg-type]


DEFAULT_SETTINGS = JsonXmlSettings()

PROPERTY_NAMES: Mapping[str, str] = {
    "synapse.commons.json.preserve.namespace": "preserve_namespace",
    "synapse.commons.json.output.enableNSDeclarations": "namespace_declarations",
    "synapse.commons.json.output.namespaceSepChar": "namespace_separator",
    "synapse.commons.json.buildValidNCNames": "valid_nc_names",
    "synapse.commons.json.output.autoPrimitive": "auto_primitive",
    "synapse.commons.json.output.disableAutoPrimitive.regex": "string_regex",
    "synapse.commons.json.json.output.disableAutoPrimitive.customReplaceRegex": "replace_regex",
    "synapse.commons.json.json.output.disableAutoPrimitive.customReplaceSequence": "replace_with",
    "synapse.commons.json.output.jsonoutAutoArray": "auto_array",
    "synapse.commons.json.output.jsonoutMultiplePI": "read_multiple",
    "synapse.commons.json.output.xmloutMultiplePI": "write_multiple",
    "synapse.json.to.xml.processing.instruction.enabled": "write_multiple",
    "synapse.commons.enableXmlNilReadWrite": "nil",
    "synapse.commons.enableXmlNullForEmptyElement": "empty_is_null",
}
"""The reference engine's property names and the setting each one changes."""

TOML_NAMES: Mapping[str, str] = {
    "preserve_namespace_on_xml_to_json": "preserve_namespace",
    "enable_namespace_declaration": "namespace_declarations",
    "build_valid_nc_name": "valid_nc_names",
    "enable_auto_primitive": "auto_primitive",
    "disable_auto_primitive_regex": "string_regex",
    "disable_custom_replace_regex": "replace_regex",
    "json_out_auto_array": "auto_array",
    "enable_xml_nil": "nil",
}
"""The short names of the same in `[mediation]` of deployment.toml."""

_REGEXES = frozenset({"string_regex", "replace_regex"})
_TEXTS = frozenset({"namespace_separator", "replace_with"})


def _regex(name: str, text: str) -> re.Pattern[str] | None:
    if not text:
        return None
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"{name}: {text!r} is no regular expression: {error}") from error
