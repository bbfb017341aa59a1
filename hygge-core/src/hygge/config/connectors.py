"""From the ``home`` or ``store`` of an entity to the configuration its connector gets."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hygge.config.interpolation import as_secret, has_secret
from hygge.config.layers import Connection, merge, with_connection
from hygge.config.masking import names_secret
from hygge.config.place import Node, hide, plain
from hygge.config.problem import Problem, problem_at
from hygge.config.rules import Rules, connector_rules, local
from hygge.config.validation import validate
from hygge.errors import MissingConnector
from hygge.plugins import Registry

__all__ = ["ConnectorConfigs"]

Role = Literal["home", "store"]
FLOW = "{flow}"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorConfigs:
    """Builds connector configurations of one project."""

    root: Path
    registry: Registry
    connections: Mapping[str, Connection]
    environment: Mapping[str, str]

    def build(
        self, role: Role, flow: str, layers: Sequence[Node], problems: list[Problem]
    ) -> Mapping[str, Any]:
        """The merged, validated configuration with its ``type``; faults go to ``problems``.

        ``{flow}`` in a text stands for the name of the flow.
        """
        node = with_connection(merge(layers, problems), self.connections, problems)
        rules = self._rules(role, node, problems) if node else None
        if node is None or rules is None:
            return {}
        own = Node(
            {key: item for key, item in node.value.items() if key not in ("type", "connection")},
            node.place,
            node.keys,
        )
        _hide_secrets(own, rules)
        try:
            validate(own, rules, problems)
        except MissingConnector as error:
            problems.append(problem_at(node.value["type"].place, error.code, error.message, error.remedy))
            return {}
        values = _Values(self.root, self.environment, flow, rules, problems)
        return {"type": node.value["type"].value, **values.mapping(own, rules.schema)}

    def _rules(self, role: Role, node: Node, problems: list[Problem]) -> Rules | None:
        named = node.get("type")
        if named is None:
            known = self.registry.homes if role == "home" else self.registry.stores
            remedy = f"Add `type:`, one of {', '.join(known) or 'the installed types (there are none)'}."
            problems.append(problem_at(node.place, "HYG106", f"`{role}` needs the key `type`", remedy))
            return None
        if named.faulty or not isinstance(named.value, str):
            return None  # it has been told
        try:
            found = (
                self.registry.home_type(named.value)
                if role == "home"
                else self.registry.store_type(named.value)
            )
            return connector_rules(found, self.registry.provider(found))
        except MissingConnector as error:
            problems.append(problem_at(named.place, error.code, error.message, error.remedy))
            return None


def _hide_secrets(node: Node, rules: Rules) -> None:
    """Keep what stands under secret keys, or under keys that were meant to be, out of all problems."""
    properties = rules.schema.get("properties", {})
    secrets = [key for key, schema in properties.items() if _is_secret(schema, rules)]
    for key, item in node.value.items():
        meant = key in secrets or (key not in properties and difflib.get_close_matches(key, secrets, n=1))
        if (meant or names_secret(key)) and item.template is None:
            hide(item)


def _is_secret(schema: Any, rules: Rules) -> bool:
    return isinstance(schema, dict) and local(schema, rules.schema).get("writeOnly") is True


@dataclass(frozen=True, slots=True)
class _Values:
    """Turns nodes into the plain values a connector gets, by what its schema says of each key."""

    root: Path
    environment: Mapping[str, str]
    flow: str
    rules: Rules
    problems: list[Problem]

    def mapping(self, node: Node, schema: Mapping[str, Any]) -> dict[str, Any]:
        properties = schema.get("properties", {})
        return {
            key: self.value(key, item, local(properties.get(key, {}), self.rules.schema))
            for key, item in node.value.items()
        }

    def value(self, key: str, node: Node, schema: Mapping[str, Any]) -> Any:
        declared = schema.get("writeOnly") is True
        if declared or names_secret(key):
            value = as_secret(node, self.environment)
            literal = isinstance(value, str) and value and not has_secret(value) and not node.faulty
            if declared and literal:
                self._refuse_literal(key, node)
            return value
        if isinstance(node.value, dict):
            return self.mapping(node, schema)
        if schema.get("format") == "path" and isinstance(node.value, str):
            return self._absolute(key, node).replace(FLOW, self.flow)
        found = plain(node)
        return found.replace(FLOW, self.flow) if isinstance(found, str) else found

    def _refuse_literal(self, key: str, node: Node) -> None:
        message = f"`{key}` is a secret and stands in the file"
        remedy = (
            "Write ${secret:env:NAME} or ${secret:file:PATH}, and change the secret: it was written down."
        )
        self.problems.append(problem_at(node.place, "HYG105", message, remedy))

    def _absolute(self, key: str, node: Node) -> str:
        value: str = node.value
        if node.faulty:
            return value
        if has_secret(value):
            message = f"`{key}` is no secret: paths are shown and written down"
            remedy = "Write the path, or ${NAME} for an environment variable."
            self.problems.append(problem_at(node.place, "HYG105", message, remedy))
            return value
        if _URL.match(value) or "\0" in value:
            what = "a URL" if "\0" not in value else "a text with U+0000"
            message = f"`{key}` must be a path on this computer, not {what}"
            self.problems.append(problem_at(node.place, "HYG105", message, "Write a path."))
        if value == "~" or value.startswith("~/"):
            return str(Path(value).expanduser())
        return str(self.root / value)
