"""``${VAR}``, ``${VAR:-default}`` and ``${secret:provider:name}`` in the values of a file.

Variables are filled in; secrets stay references, resolved by `hygge.secrets` where they are used.
``$${`` is a literal ``${``. A variable's value is data: what looks like a reference in it is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hygge.config.place import Node, Place
from hygge.config.problem import Problem, problem_at
from hygge.config.scalars import resolve_scalar

__all__ = ["Interpolation", "as_secret", "has_secret"]

_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_SECRET = re.compile(r"secret:([A-Za-z][\w-]*):(\S|\S.*\S)", re.DOTALL)
_FORMS = "Write ${NAME}, ${NAME:-default} or ${secret:provider:name}; $${ is a literal ${."


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpolation:
    """Fills references in, from ``environment``; paths of secret files are relative to ``root``."""

    environment: Mapping[str, str]
    root: Path

    def apply(self, node: Node, problems: list[Problem]) -> Node:
        """The node with its references filled; what cannot be filled goes to ``problems``."""
        value = node.value
        if isinstance(value, str):
            return self._fill(node, problems) if "${" in value else node
        if isinstance(value, dict):
            items = {key: self.apply(item, problems) for key, item in value.items()}
            changed = any(items[key] is not value[key] for key in value)
            return replace(node, value=items) if changed else node
        if isinstance(value, list):
            filled = [self.apply(item, problems) for item in value]
            return (
                replace(node, value=filled)
                if any(a is not b for a, b in zip(filled, value, strict=True))
                else node
            )
        return node

    def _fill(self, node: Node, problems: list[Problem]) -> Node:
        text: str = node.value
        told = len(problems)
        parts: list[str] = []
        end = 0
        for match in _TOKEN.finditer(text):
            parts += [text[end : match.start()], self._token(match, node, problems)]
            end = match.end()
        filled = "".join([*parts, text[end:]])
        if len(problems) > told:
            return replace(node, faulty=True)
        whole = _TOKEN.fullmatch(text)
        if whole and node.unquoted and _variable(whole):
            return replace(node, value=resolve_scalar(filled), template=text)
        return replace(node, value=filled, template=text)

    def _token(self, match: re.Match[str], node: Node, problems: list[Problem]) -> str:
        if match[0] == "$${":
            # an escaped secret stays escaped: `hygge.secrets.resolve` is the one that reads it
            return "$${" if match.string.startswith("secret:", match.end()) else "${"
        place = _place(node, match)
        if match[1] is None:
            problems.append(problem_at(place, "HYG105", "a `${` that is never closed", _FORMS))
            return ""
        if secret := _SECRET.fullmatch(match[1]):
            return self._secret(secret[1], secret[2])
        variable = _VARIABLE.fullmatch(match[1])
        if variable is None:
            problems.append(problem_at(place, "HYG105", "a reference of an unknown form", _FORMS))
            return ""
        return self._value(variable[1], variable[2], place, problems)

    def _value(self, name: str, default: str | None, place: Place, problems: list[Problem]) -> str:
        value = self.environment.get(name)
        if default is not None and not value:  # as in a shell: unset or empty
            value = default
        if value is None:
            message = f"the environment variable {name} is not set"
            remedy = f"Set it, or write ${{{name}:-default}}."
            problems.append(problem_at(place, "HYG107", message, remedy))
            return ""
        return value.replace("${secret:", "$${secret:")

    def _secret(self, provider: str, name: str) -> str:
        if provider == "file":
            name = str(self.root / name)
        return f"${{secret:{provider}:{name}}}"


def has_secret(value: object) -> bool:
    """Does this text hold a reference to a secret?"""
    return isinstance(value, str) and re.search(r"(?<!\$)\$\{secret:", value) is not None


def as_secret(node: Node, environment: Mapping[str, str]) -> object:
    """The value of a key that holds a secret: a variable stays a reference, so that no journal sees it."""
    if node.template is None:
        return node.value

    def reference(match: re.Match[str]) -> str:
        variable = _variable(match)
        if variable is None or not environment.get(variable[1]):
            return match[0] if variable is None else variable[2] or ""
        return f"${{secret:env:{variable[1]}}}"

    if not any(_variable(match) for match in _TOKEN.finditer(node.template)):
        return node.value
    return _TOKEN.sub(reference, node.template)


def _variable(match: re.Match[str]) -> re.Match[str] | None:
    if match[1] is None or match[1].startswith("secret:"):
        return None
    return _VARIABLE.fullmatch(match[1])


def _place(node: Node, match: re.Match[str]) -> Place:
    """Where the token stands, if its text is found on the node's line; else the node's place."""
    column = node.place.text.find(match[0], node.place.column - 1)
    if column < 0:
        return node.place
    return replace(node.place, column=column + 1, width=len(match[0]))
