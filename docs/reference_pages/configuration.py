"""The pages of configuration keys, made from the JSON Schemas of the core and of what is installed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hygge.config.rules import connector_rules, flow_rules, local, project_rules
from hygge.hookspecs import HomeType, StoreType
from hygge.plugins import registry
from reference_pages.markdown import code, table

__all__ = ["FOLDER", "example", "keys", "pages"]

FOLDER = "reference/configuration"
Schema = Mapping[str, Any]

PROJECT = """# Keys of hygge.yml

The file makes its folder a project. Commands find it by walking up from where they are; relative paths
start there. `${NAME}` stands for an environment variable, `${NAME:-default}` for one that may be missing,
`${secret:env:NAME}` and `${secret:file:PATH}` for secrets, which appear in no output, log or journal.
"""
FLOW = """# Keys of a flow

A flow is `flows/NAME.yml`, or `flows/NAME/flow.yml` with one file an entity in `flows/NAME/entities/`. An
entity may have every key of its flow but `entities`, and wins; in `home` and `store` it wins key by key.
In a text of `home` or `store`, `{flow}` stands for the name of the flow and `{entity}` for that of the
entity.
"""


def pages() -> Mapping[str, str]:
    """One page for hygge.yml, one for flows, one for each installed type."""
    project, flow = project_rules().schema, flow_rules().schema
    installed = registry()
    types = sorted({*installed.homes, *installed.stores})
    return {
        f"{FOLDER}/hygge-yml.md": f"{PROJECT}\n{_table(project)}\n",
        f"{FOLDER}/flow.md": f"{FLOW}\n{_table(flow)}\n",
        **{f"{FOLDER}/{name}.md": _of_type(name) for name in types},
    }


def _of_type(name: str) -> str:
    installed = registry()
    text = f"# Keys of `type: {name}`\n"
    for role, types in (("home", installed.homes), ("store", installed.stores)):
        descriptor: HomeType | StoreType | None = types.get(name)
        if descriptor is not None:
            owner = installed.provider(descriptor)
            schema = connector_rules(descriptor, owner).schema
            text += f"\n## As a {role}: {descriptor.summary}\n\n"
            text += (
                f"From `{owner}`. Each key may also stand in a connection of hygge.yml.\n\n{_table(schema)}\n"
            )
    return text


def keys(schema: Schema, root: Schema | None = None, above: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Every key at any depth: its path, its schema, whether it is required there."""
    root = root or schema
    for key, given in schema.get("properties", {}).items():
        found = local(given, root)
        yield f"{above}{key}", found, key in schema.get("required", ())
        yield from _below(found, root, f"{above}{key}")


def _below(schema: Schema, root: Schema, path: str) -> Iterator[tuple[str, Schema, bool]]:
    yield from keys(schema, root, f"{path}.")
    items, more = schema.get("items"), schema.get("additionalProperties")
    if isinstance(items, dict):
        found = local(items, root)
        # an entity of the list has the flow's own keys: they stand above
        shown = (
            {"properties": {"name": found["properties"]["name"]}, "required": ["name"]}
            if path == "entities"
            else found
        )
        yield from keys(shown, root, f"{path}[].")
    if isinstance(more, dict):
        yield from keys(more, root, f"{path}.*.")


def example(schema: Schema) -> Any:
    """A value that the key can have: its own example, else a choice that is not the default."""
    if "examples" in schema:
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("type") == "boolean":
        return not schema.get("default", False)
    choices = [choice for choice in schema.get("enum", ()) if choice != schema.get("default")]
    return choices[0] if choices else schema.get("default")


def _table(schema: Schema) -> str:
    rows = [
        [
            code(path),
            _type(found) + (", required" if required else ""),
            _default(found),
            found.get("description", ""),
            code(_yaml(path, example(found))),
        ]
        for path, found, required in keys(schema)
    ]
    return table(["key", "type", "default", "means", "example"], rows)


def _type(schema: Schema) -> str:
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if "enum" in schema:
        return " or ".join(code(str(choice)) for choice in schema["enum"])
    words = {"object": "mapping", "array": "list", "string": "text", "boolean": "`true` or `false`"}
    kinds = schema.get("type", "any")
    listed = " or ".join(words.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))
    notes = {"path": schema.get("format") == "path", "secret": schema.get("writeOnly") is True}
    return listed + "".join(f" ({note})" for note, holds in notes.items() if holds)


def _default(schema: Schema) -> str:
    return code(_flow_style(schema["default"])) if "default" in schema else ""


def _yaml(path: str, value: Any) -> str:
    key = path.removesuffix("[]").rpartition(".")[2]
    return f"{key}: {_flow_style(value)}"


def _flow_style(value: Any) -> str:
    """The value as it may be written inside braces and brackets."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow_style(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow_style, value)) + "]"
    if isinstance(value, str):
        return (
            value
            if value and all(c.isalnum() or c in "_./-" for c in value) and _is_text(value)
            else json.dumps(value)
        )
    return json.dumps(value)


def _is_text(value: str) -> bool:
    """Would YAML read it, bare, as text?"""
    return (
        not value[0].isdigit()
        and value[0] != "-"
        and value.lower() not in ("null", "true", "false", "yes", "no", "on", "off")
    )
