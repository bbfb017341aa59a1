"""What is tested is what is installed, and what is installed is whole."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import os
import subprocess
import sys
from pathlib import Path

import pytest

import hygge

FROM_WHEELS = os.environ.get("HYGGE_FROM_WHEELS") == "1"


@pytest.mark.skipif(not FROM_WHEELS, reason="only the proof environments install wheels")
def test_the_tests_run_against_the_installed_wheels() -> None:
    assert "site-packages" in Path(hygge.__file__).parts


@pytest.mark.parametrize("distribution", ["hygge-core", "hygge-sqlite"])
def test_a_distribution_names_its_licence_and_registers_its_plugin(distribution: str) -> None:
    found = importlib.metadata.distribution(distribution)
    assert found.metadata["License-Expression"] == "Apache-2.0"
    assert [e for e in found.entry_points if e.group == "hygge"]


@pytest.mark.parametrize(
    ("package", "files"),
    [
        ("hygge", ["py.typed"]),
        ("hygge.config", ["project.schema.json", "flow.schema.json"]),
        ("hygge.files", ["parquet_store.schema.json"]),
        ("hygge.explaining", ["configuration.md"]),
        ("hygge_sqlite", ["py.typed", "home.schema.json"]),
    ],
)
def test_a_wheel_carries_its_schemas_and_its_types(package: str, files: list[str]) -> None:
    root = importlib.resources.files(package)
    assert [name for name in files if not root.joinpath(name).is_file()] == []


def test_help_imports_nothing_it_does_not_use() -> None:
    unused = ("pyarrow", "polars", "jsonschema", "yaml", "sqlite3", "rich", "tenacity", "hygge_sqlite")
    code = f"""
import sys
from hygge.cli import main
main(["--help"])
print([m for m in {unused} if m in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
