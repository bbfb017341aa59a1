"""Holds a node against rules; every violation becomes a problem with its place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from hygge.config.interpolation import has_secret
from hygge.config.place import Node, follow, plain
from hygge.config.problem import Problem
from hygge.config.rules import Rules
from hygge.config.wording import Violation, tell
from hygge.errors import HyggeError, MissingConnector

__all__ = ["validate"]

ENOUGH = 200  # violations of one value; a file can hold a hundred thousand


def validate(node: Node, rules: Rules, problems: list[Problem]) -> None:
    """Add a problem for every violation.

    Raises `MissingConnector` (HYG202) where the rules themselves are at fault.
    """
    value = plain(node)
    try:
        if rules.accepts(value):
            return
        violations = list(islice(rules.validator.iter_errors(value), ENOUGH))
    except Exception as error:  # boundary: a stranger's schema can make the validator fail anyhow
        raise _unusable(rules, error) from error
    for violation in violations:
        problems.extend(islice(_problems(violation, node, rules), ENOUGH))


def _unusable(rules: Rules, error: Exception) -> HyggeError:
    return MissingConnector(
        f"the JSON Schema for {rules.subject} cannot be used: {error}",
        code="HYG202",
        remedy=f"Upgrade {rules.owner}, or report this to its author.",
    )


def _problems(error: Any, root: Node, rules: Rules) -> Iterator[Problem]:
    path = list(error.absolute_path)
    node = follow(root, path)
    if node.faulty or has_secret(node.value):  # what it will be is not known here
        return
    if error.validator in ("anyOf", "oneOf"):
        branch = _branch(error)
        if branch:
            for inner in branch:
                yield from _problems(inner, root, rules)
            return
    yield from tell(Violation(error, node, path, rules))


def _branch(error: Any) -> list[Any]:
    """The errors of the one alternative that the value was meant to be; empty if that is unclear."""
    branches: dict[Any, list[Any]] = {}
    for inner in error.context:
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = [
        errors
        for errors in branches.values()
        if not any(e.validator in ("type", "const", "enum") and not e.relative_path for e in errors)
    ]
    return meant[0] if len(meant) == 1 else []
