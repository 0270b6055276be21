"""The data file: objects, fields and records that are added to the org when it is new.

::

    {"objects": [{"name": "Invoice__c", "label": "Invoice", "keyPrefix": "a00", "fields": [
        {"name": "Amount__c", "type": "currency", "required": true},
        {"name": "Number__c", "type": "string", "length": 40, "unique": true, "externalId": true},
        {"name": "Account__c", "type": "reference", "referenceTo": "Account", "relationship": "Account__r"},
        {"name": "State__c", "type": "picklist", "values": ["Open", "Paid"], "restricted": true}]}],
     "records": {"Account": [{"Name": "Harbour Tea"}], "Invoice__c": [{"Amount__c": 12.5}]}}

Naming an object that exists adds the fields to it. A record may name any field that an insert may set.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.errors import ConfigError
from engine.sandbox.salesforce.objects import custom_fields, standard_objects
from engine.sandbox.salesforce.schema import TEXT_TYPES, Field, FieldType, Schema, SObject

Json = Any
Records = dict[str, list[dict[str, Json]]]

SAMPLE_RECORDS: Records = {
    "Account": [
        {"Name": "Sample Account for Entitlements"},
        {
            "Name": "Harbour Tea Importers",
            "Type": "Customer - Direct",
            "Industry": "Food & Beverage",
            "ShippingCity": "Hamburg",
            "NumberOfEmployees": 42,
            "AnnualRevenue": 12_500_000,
            "Website": "https://harbour-tea.example",
            "External_Id__c": "A-1001",
        },
        {
            "Name": "Northwind Turbines",
            "Type": "Prospect",
            "Industry": "Energy",
            "ShippingCity": "Esbjerg",
            "NumberOfEmployees": 1800,
            "AnnualRevenue": 912_260_031,
            "External_Id__c": "A-1002",
        },
    ],
    "Contact": [{"FirstName": "Ada", "LastName": "Lind", "Email": "ada.lind@harbour-tea.example"}],
}

_TYPES = {kind.describe: kind for kind in FieldType if kind not in (FieldType.ID, FieldType.ADDRESS)}
_FIELD_KEYS = frozenset(
    {
        "name", "type", "label", "length", "required", "unique", "externalId", "referenceTo", "relationship",
        "values", "restricted", "default",
    }
)  # fmt: skip
_OBJECT_KEYS = frozenset({"name", "label", "plural", "keyPrefix", "fields"})


def load_org(data: Path | None) -> tuple[Schema, Records]:
    """The objects and the first records of an org.

    Raises ConfigError for a data file that is not as described.
    """
    objects = {one.name: one for one in standard_objects()}
    records: Records = {name: list(rows) for name, rows in SAMPLE_RECORDS.items()}
    if data is not None:
        document = _read(data)
        for body in _list(document, "objects", data):
            sobject = _object(body, objects, data)
            objects[sobject.name] = sobject
        given = document.get("records", {})
        if not isinstance(given, dict):
            raise ConfigError('"records" must be an object of lists, one an object name', file=str(data))
        for name, rows in given.items():
            if name not in objects:
                raise ConfigError(f"records for an unknown object {name!r}", file=str(data))
            records[name] = [*records.get(name, []), *rows]
    return Schema(objects.values()), records


def _read(path: Path) -> dict[str, Json]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the data file: {error.strerror}", file=str(path)) from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"not JSON: {error.msg}", file=str(path), line=error.lineno) from error
    if not isinstance(document, dict):
        raise ConfigError('the data file must be an object with "objects" and "records"', file=str(path))
    return document


def _list(body: dict[str, Json], key: str, path: Path) -> list[dict[str, Json]]:
    entries = body.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise ConfigError(f'"{key}" must be a list of objects', file=str(path))
    return entries


def _known(body: dict[str, Json], keys: frozenset[str], what: str, path: Path) -> None:
    unknown = sorted(set(body) - keys)
    if unknown:
        raise ConfigError(f"{what} has unknown members: {', '.join(unknown)}", file=str(path))
    if not isinstance(body.get("name"), str):
        raise ConfigError(f"{what} has no name", file=str(path))


def _object(body: dict[str, Json], known: dict[str, SObject], path: Path) -> SObject:
    _known(body, _OBJECT_KEYS, "an object", path)
    name = str(body["name"])
    fields = [_field(one, path) for one in _list(body, "fields", path)]
    if name in known:
        return known[name].with_fields(fields)
    prefix = str(body.get("keyPrefix", f"a{len(known):02d}"))
    if len(prefix) != 3 or any(one.prefix == prefix for one in known.values()):
        raise ConfigError(f"keyPrefix {prefix!r} of {name} must be 3 characters and its own", file=str(path))
    label = str(body.get("label", name.removesuffix("__c")))
    base = SObject(name, prefix, label, str(body.get("plural", f"{label}s")), custom_fields())
    return base.with_fields(fields)


def _field(body: dict[str, Json], path: Path) -> Field:
    _known(body, _FIELD_KEYS, "a field", path)
    kind = _TYPES.get(str(body.get("type", "string")))
    if kind is None:
        raise ConfigError(f"field {body['name']}: type must be one of {', '.join(_TYPES)}", file=str(path))
    name = str(body["name"])
    default = body.get("default")
    if kind is FieldType.BOOLEAN:
        default = int(bool(default))
    relationship = str(body.get("relationship", ""))
    if kind is FieldType.REFERENCE and not relationship:
        relationship = f"{name[:-3]}__r" if name.endswith("__c") else name.removesuffix("Id")
    return Field(
        name,
        kind,
        str(body.get("label", "")),
        int(body.get("length", 255 if kind in TEXT_TYPES else 0)),
        bool(body.get("required", False)),
        unique=bool(body.get("unique", False)),
        external_id=bool(body.get("externalId", False)),
        reference_to=str(body.get("referenceTo", "")),
        relationship=relationship,
        values=tuple(map(str, body.get("values", ()))),
        restricted=bool(body.get("restricted", False)),
        default=default,
    )
