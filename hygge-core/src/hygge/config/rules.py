"""JSON Schemas as rules: core's own files and those of the installed connectors."""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hygge.config.acceptance import Check, compile_check
from hygge.errors import MissingConnector
from hygge.hookspecs import HomeType, StoreType

__all__ = ["Rules", "connector_rules", "entity_rules", "flow_rules", "local", "project_rules"]

Schema = Mapping[str, Any]


@dataclass(frozen=True, eq=False)  # no slots: it caches what it compiles
class Rules:
    """One JSON Schema (2020-12) and what people call the thing it describes."""

    subject: str
    schema: Schema
    owner: str = "hygge-core"  # the distribution that wrote it

    @functools.cached_property
    def accepts(self) -> Check:
        """True only for a value that meets the rules; false asks for `validator`."""
        return compile_check(self.schema)

    @functools.cached_property
    def validator(self) -> Any:
        """The ``jsonschema`` validator; it never fetches a remote reference."""
        from jsonschema import Draft202012Validator
        from referencing import Registry

        return Draft202012Validator(self.schema, registry=Registry())


@functools.cache
def project_rules() -> Rules:
    """Rules for hygge.yml."""
    return Rules("hygge.yml", _core("project.schema.json"))


@functools.cache
def flow_rules() -> Rules:
    """Rules for a flow's file; whatever a flow may say but `entities`, an entity may say, too."""
    schema = _core("flow.schema.json")
    keys = {key: rule for key, rule in schema["properties"].items() if key != "entities"}
    for entity in ("listed_entity", "entity_file"):
        schema["$defs"][entity]["properties"].update(keys)
    return Rules("a flow", schema)


@functools.cache
def entity_rules() -> Rules:
    """Rules for an entity's own file."""
    schema = flow_rules().schema
    return Rules("an entity", {**schema["$defs"]["entity_file"], "$defs": schema["$defs"]})


@functools.cache
def connector_rules(descriptor: HomeType | StoreType, owner: str) -> Rules:
    """Rules for the connector's keys in ``home`` or ``store``, read from its package.

    Raises `MissingConnector` (HYG202) where the package has no such file or it is no JSON object.
    """
    role = "home" if isinstance(descriptor, HomeType) else "store"
    package, _, name = descriptor.config_schema.partition(":")
    try:
        schema = json.loads(importlib.resources.files(package).joinpath(name).read_bytes())
    except FileNotFoundError as error:
        raise _broken_schema(descriptor, owner, "is not in its package") from error
    except (OSError, ImportError, ValueError) as error:
        raise _broken_schema(descriptor, owner, f"cannot be read: {error}") from error
    if not isinstance(schema, dict):
        raise _broken_schema(descriptor, owner, "is not a JSON object")
    return Rules(f"a {role} of type {descriptor.name!r}", schema, owner)


def local(schema: Schema, root: Schema) -> Schema:
    """The schema, a local ``$ref`` of it followed."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    found: Any = root
    for step in reference[2:].split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else schema


def _core(name: str) -> Schema:
    schema: Schema = json.loads(Path(__file__).with_name(name).read_bytes())
    return schema


def _broken_schema(descriptor: HomeType | StoreType, owner: str, reason: str) -> MissingConnector:
    return MissingConnector(
        f"the connector {descriptor.name!r} of {owner} is broken: {descriptor.config_schema} {reason}",
        code="HYG202",
        remedy=f"Upgrade {owner}, or report this to its author.",
    )
