"""Every block of configuration in a page is one that hygge takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from walkthrough import blocks

from hygge.config.rules import connector_rules, flow_rules, project_rules
from hygge.plugins import registry

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *ROOT.glob("hygge-*/README.md"), *sorted((ROOT / "docs").rglob("*.md"))]
MADE = {"writing-a-connector.md"}  # a connector that is not installed here


def examples() -> Iterator[tuple[str, Any]]:
    """Where it stands, and a mapping as a file or a part of one; without comments a block may be empty."""
    for page in PAGES:
        if page.name in MADE:
            continue
        for number, text in enumerate(blocks(page, "yaml")):
            for part in yaml.safe_load_all(text):
                if isinstance(part, dict):
                    yield f"{page.relative_to(ROOT)}#{number}", part


EXAMPLES = list(examples())


@pytest.mark.parametrize("part", [part for _, part in EXAMPLES], ids=[where for where, _ in EXAMPLES])
def test_a_block_of_configuration_is_valid(part: dict[str, Any]) -> None:
    project, flow = project_rules().schema, flow_rules().schema
    schema = project if set(part) <= set(project["properties"]) else flow
    rules = {key: rule for key, rule in schema.items() if key != "required"}  # it may be a part
    errors = [error.message for error in Draft202012Validator(rules).iter_errors(part)]
    assert errors == []


@pytest.mark.parametrize("part", [part for _, part in EXAMPLES], ids=[where for where, _ in EXAMPLES])
def test_keys_of_homes_and_stores_are_those_of_their_type(part: dict[str, Any]) -> None:
    for role, types in (("home", registry().homes), ("store", registry().stores)):
        told = part.get(role)
        if not isinstance(told, dict) or told.get("type") not in types:
            continue
        descriptor = types[told["type"]]
        known = connector_rules(descriptor, registry().provider(descriptor)).schema["properties"]
        assert set(told) - {"type", "connection"} <= set(known)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 15
