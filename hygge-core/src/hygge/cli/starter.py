"""The files that a new project begins with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hygge.capabilities import HomeCapabilities
from hygge.cli.schema import schema_text
from hygge.config.rules import connector_rules
from hygge.errors import ConfigurationError
from hygge.hookspecs import HomeType, StoreType
from hygge.plugins import registry

__all__ = ["HOMES", "SCHEMA", "STORES", "ignore_journal", "starter_files", "write_new"]

SCHEMA = ".hygge-schema.json"
CHANGE_ME = "CHANGE_ME"
HOMES: Mapping[str, str] = {"sqlite": "example.db"}
STORES: Mapping[str, str] = {"sqlite": "out.db", "parquet": "out", "csv": "out", "ndjson": "out"}
"""The paths that the example uses, by type; the keys of other types are for the user to fill in."""

PROJECT = """\
# yaml-language-server: $schema={schema}
version: 1
name: {name}
# Where the record of all runs lies; it holds the watermarks.
# journal: {{location: .hygge_journal}}
# options: {{concurrency: 4, memory: 1GiB}}
"""
FLOW = """\
# yaml-language-server: $schema=../{schema}
# What `hygge run example` moves. Paths are relative to hygge.yml; {{entity}} stands for an entity's name.
home:
{home}
store:
{store}
# full_drop replaces the destination with the source at every run;
{incremental}
run_type: full_drop
# Each entity is a table of the source; it may have keys of its own beside its name.
entities:
{entities}
"""
IGNORED = ".hygge_journal/\n"


def starter_files(name: str, home: HomeType, store: StoreType) -> dict[str, str]:
    """Texts by path, relative to the project's folder."""
    entities = ["customers", "orders"] if home.name in HOMES else [CHANGE_ME]
    flow = FLOW.format(
        schema=SCHEMA,
        home="\n".join(_keys(home, HOMES.get(home.name))),
        store="\n".join(_keys(store, STORES.get(store.name))),
        entities="\n".join(f"  - {entity}" for entity in entities),
        incremental=_incremental(home.capabilities),
    )
    return {
        "hygge.yml": PROJECT.format(schema=SCHEMA, name=_scalar(name)),
        "flows/example.yml": flow,
        SCHEMA: schema_text() + "\n",
    }


def _incremental(promised: HomeCapabilities) -> str:
    """What the home offers to incremental runs, as a comment."""
    ways = ["as this home tells it by itself"] if promised.positions else []
    ways += ["by a column that only grows: watermark: {column: modified_at}"] if promised.incremental else []
    if not ways:
        return "# this home cannot do more."
    return "# incremental moves what is new " + ",\n# or ".join(ways)


def write_new(root: Path, files: Mapping[str, str]) -> None:
    """Write all files, or none if one of them is there already (`ConfigurationError`)."""
    there = [name for name in files if (root / name).exists()]
    if there:
        raise ConfigurationError(
            f"{root} already has {', '.join(there)}; nothing was written",
            code="HYG116",
            remedy="Begin in another folder, or move these away.",
        )
    try:
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            with (root / name).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or root} cannot be written: {error.strerror}",
            code="HYG116",
            remedy="Name another folder.",
        ) from error


def ignore_journal(root: Path) -> None:
    """Keep the journal out of version control, unless the folder has said what it ignores."""
    if not (root / ".gitignore").exists():
        write_new(root, {".gitignore": IGNORED})


def _keys(descriptor: HomeType | StoreType, path: str | None) -> Iterator[str]:
    """The connector's keys as YAML: what it needs, and commented out what it knows besides."""
    schema = connector_rules(descriptor, registry().provider(descriptor)).schema
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = [key for key in schema.get("required", ()) if key in properties]
    yield f"  type: {descriptor.name}"
    for key in required:
        value = path if path and key == "path" else _placeholder(properties[key])
        yield f"  {_scalar(key)}: {_scalar(value)}{_comment(properties[key])}"
    for key, rule in properties.items():
        if key not in required:
            usual = f" {_scalar(rule['default'])}" if "default" in rule else ""
            yield f"  # {_scalar(key)}:{usual}{_comment(rule)}"


def _placeholder(rule: Mapping[str, Any]) -> Any:
    if "default" in rule:
        return rule["default"]
    if "enum" in rule:
        return rule["enum"][0]
    return {"integer": 1, "number": 1, "boolean": False}.get(str(rule.get("type")), CHANGE_ME)


def _comment(rule: Mapping[str, Any]) -> str:
    said = " ".join(str(rule.get("description", "")).split())
    return f"  # {said}" if said else ""


def _scalar(value: Any) -> str:
    """A value as YAML reads it back; plain where that is safe, else as JSON."""
    if (
        isinstance(value, str)
        and re.fullmatch(r"[A-Za-z_][\w./-]*", value)
        and value not in ("true", "false", "null")
    ):
        return value
    return json.dumps(value)
