"""One JSON Schema for editors: hygge.yml, flows and entity files, with the installed connectors' keys."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from hygge.config.rules import connector_rules, flow_rules, project_rules
from hygge.errors import MissingConnector
from hygge.hookspecs import HomeType, StoreType
from hygge.plugins import Registry, registry

__all__ = ["check_connector_schema", "whole_schema"]


def whole_schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) that any file of a project is held against.

    A file with ``version`` is a hygge.yml, every other one a flow or an entity. A connector whose
    own schema cannot be read is left open: any of its keys is allowed.
    """
    installed = registry()
    flow = copy.deepcopy(dict(flow_rules().schema))
    project = copy.deepcopy(dict(project_rules().schema))
    definitions: dict[str, Any] = flow.pop("$defs")
    for schema in (flow, project):
        schema.pop("$schema")
    for role in ("home", "store"):
        _add_connectors(definitions, role, installed)
    entity = definitions.pop("entity_file")
    flow["properties"]["name"] = entity["properties"]["name"]  # of an entity file
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A file of a hygge project",
        "type": "object",
        "if": {"required": ["version"]},
        "then": {"$ref": "#/$defs/project"},
        "else": {"$ref": "#/$defs/flow"},
        "$defs": {"project": project, "flow": flow, **definitions},
    }


def check_connector_schema(descriptor: HomeType | StoreType, owner: str) -> None:
    """Raise `MissingConnector` (HYG202) if the connector's JSON Schema cannot be used."""
    from jsonschema import Draft202012Validator, SchemaError

    rules = connector_rules(descriptor, owner)
    try:
        Draft202012Validator.check_schema(rules.schema)
    except SchemaError as error:
        raise MissingConnector(
            f"{descriptor.config_schema} is not a JSON Schema: {error.message}",
            code="HYG202",
            remedy=f"Upgrade {owner}, or report this to its author.",
        ) from error


def _add_connectors(definitions: dict[str, Any], role: str, installed: Registry) -> None:
    """Give the definition of ``role`` each type's keys, chosen by ``type``."""
    types: Mapping[str, HomeType | StoreType] = installed.homes if role == "home" else installed.stores
    if not types:
        return
    definition = definitions[role]
    common = definition["properties"]
    common["type"]["enum"] = list(types)
    definition["allOf"] = []
    for name, descriptor in types.items():
        reference = f"{role}_{name}"
        definitions[reference] = _for_editors(descriptor, installed.provider(descriptor), reference, common)
        definition["allOf"].append(
            {
                "if": {"required": ["type"], "properties": {"type": {"const": name}}},
                "then": {"$ref": f"#/$defs/{reference}"},
            }
        )


def _for_editors(
    descriptor: HomeType | StoreType, owner: str, reference: str, common: Mapping[str, Any]
) -> dict[str, Any]:
    """A connector's schema as a definition: the common keys allowed, and no key required.

    What one file lacks, a connection or the flow above an entity may say.
    """
    try:
        rules = connector_rules(descriptor, owner)
    except MissingConnector:
        return {"description": descriptor.summary}
    schema: dict[str, Any] = _rebased(rules.schema, f"#/$defs/{reference}/")
    for key in ("$schema", "$id", "required"):
        schema.pop(key, None)
    schema["properties"] = dict.fromkeys(common, True) | schema.get("properties", {})
    schema.setdefault("description", descriptor.summary)
    return schema


def _rebased(value: Any, base: str) -> Any:
    """The schema with its local references pointing below ``base``."""
    if isinstance(value, list):
        return [_rebased(item, base) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base + item[2:]
        if key == "$ref" and isinstance(item, str) and item.startswith("#/")
        else _rebased(item, base)
        for key, item in value.items()
    }
