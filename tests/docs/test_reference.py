"""What is made from the code is fresh, and nothing that a user can say or meet is undocumented."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from reference_pages import all_pages
from reference_pages.commands import each_command
from reference_pages.configuration import keys
from reference_pages.helpers import MODULES
from reference_pages.plugin_api import SHAPES, fields_of, hooks
from reference_pages.promises import HOMES, STORES, Promise
from reference_pages.suites import suites

from hygge import capabilities
from hygge.config.rules import connector_rules, flow_rules, project_rules
from hygge.errors import CODES
from hygge.plugins import registry

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r'\]\(\.\./(?P<file>[^)\s]+?\.py)(?: "(?P<test>[^"]+)")?\)')
INSTALLED = {*registry().homes, *registry().stores} >= {"adls", "sqlite"}
needs_all = pytest.mark.skipif(not INSTALLED, reason="the pages show every connector of this repository")


@needs_all
@pytest.mark.parametrize("name", sorted(all_pages()) if INSTALLED else [])
def test_a_made_page_is_fresh(name: str) -> None:
    page = DOCS / name
    assert page.exists(), f"{name} is not there: PYTHONPATH=docs python -m reference_pages"
    assert page.read_text() == all_pages()[name], (
        f"{name} is stale: PYTHONPATH=docs python -m reference_pages"
    )


def schemas() -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "hygge.yml", project_rules().schema
    yield "flow", flow_rules().schema
    for types in (registry().homes, registry().stores):
        for descriptor in types.values():
            yield descriptor.name, connector_rules(descriptor, registry().provider(descriptor)).schema


def test_every_key_says_what_it_means() -> None:
    silent = [
        f"{owner}: {path}"
        for owner, one in schemas()
        for path, key, _ in keys(one)
        if not key.get("description")
    ]
    assert silent == []


def test_every_command_and_option_says_what_it_does() -> None:
    silent = [
        f"{path} {option.name}"
        for path, command in each_command()
        for option in command.params
        if option.param_type_name == "option" and not getattr(option, "help", "")
    ]
    assert silent == []
    assert all(command.help for _, command in each_command())


def test_every_error_code_has_its_place_on_the_page() -> None:
    page = (DOCS / "reference" / "errors.md").read_text()
    assert [code for code in CODES if f"({code})=" not in page] == []


def test_every_hook_field_event_and_capability_is_explained() -> None:
    assert all(meaning for _, meaning in hooks())
    told: set[str] = set()
    for module, names in SHAPES:
        for name in names:
            rows = fields_of(module, name)
            assert [row[0] for row in rows if not row[3] and row[0] not in told] == [], name
            told |= {row[0] for row in rows if row[3]}


@pytest.mark.parametrize(
    ("promised", "promises"),
    [(capabilities.HomeCapabilities, HOMES), (capabilities.StoreCapabilities, STORES)],
)
def test_every_capability_is_a_line_of_the_guarantees(promised: type, promises: Sequence[Promise]) -> None:
    fields = {field.name for field in dataclasses.fields(promised)}
    assert fields == {promise.capability for promise in promises if promise.capability}


@needs_all
def test_every_guarantee_is_linked_to_a_test_that_is_there() -> None:
    tests = {suite.tests.__name__: suite.tests for suite in suites().values()}
    missing = set()
    for match in LINK.finditer((DOCS / "guarantees.md").read_text()):
        file, test = ROOT / match["file"], match["test"]
        if not file.exists():
            missing.add(match["file"])
        elif test is not None:
            owner, _, law = test.rpartition("::")
            name = law.partition("[")[0]
            there = hasattr(tests[owner], name) if owner else f"def {name}(" in file.read_text()
            missing |= set() if there else {test}
    assert missing == set()


def test_every_public_module_is_on_a_page_of_the_reference() -> None:
    public = (DOCS / "writing-a-connector.md").read_text().partition("## What is public")[2]
    named = set(re.findall(r"`(hygge\.[a-z_.]+)`", public.partition("All else may change")[0]))
    elsewhere = {"hygge.roles", "hygge.model", "hygge.capabilities", "hygge.testing"}
    assert named - elsewhere == set(MODULES)


def test_links_between_pages_lead_somewhere() -> None:
    lost = []
    for page in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]:
        for link in re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text()):
            if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists():
                lost.append(f"{page.relative_to(ROOT)}: {link}")
    assert lost == []


def test_the_made_pages_need_nothing_but_what_is_installed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import reference_pages.commands, reference_pages.errors"],
        env={"PYTHONPATH": str(DOCS)},
        cwd=tmp_path,
    )
    assert done.returncode == 0
