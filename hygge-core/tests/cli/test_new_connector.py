"""``hygge init --connector``: a distribution to begin with; tox proves that it passes its own tests."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest


def test_all_of_it_has_the_name_that_was_asked_for(hygge: Any, tmp_path: Path) -> None:
    done = hygge("init", "--connector", "ice_cream")
    assert done.code == 0
    assert done.out.splitlines()[0] == "hygge-ice-cream/pyproject.toml"
    root = tmp_path / "hygge-ice-cream"
    files = [path for path in root.rglob("*") if path.is_file()]
    assert sorted(str(path.relative_to(tmp_path)) for path in files) == sorted(done.out.splitlines())
    for path in files:
        text = path.read_text()
        assert "acme" not in f"{path} {text}".lower()
        if path.suffix == ".py":
            ast.parse(text)
        if path.suffix != ".md":
            assert all(len(line) <= 110 for line in text.splitlines()), path
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["name"] == "hygge-ice-cream"
    assert project["entry-points"]["hygge"] == {"ice_cream": "hygge_ice_cream.plugin"}
    json.loads((root / "src" / "hygge_ice_cream" / "ice_cream.schema.json").read_text())
    plugin = (root / "src" / "hygge_ice_cream" / "plugin.py").read_text()
    assert 'factory="hygge_ice_cream.store:IceCreamStore"' in plugin
    assert 'name="ice_cream"' in plugin


def test_the_next_steps_are_told(hygge: Any) -> None:
    done = hygge("init", "--connector", "acme", "elsewhere")
    for step in ("cd elsewhere", 'pip install -e ".[testing]"', "pytest", "hygge plugins --check"):
        assert step in done.err
    assert "elsewhere/src/hygge_acme/place.py" in done.out


@pytest.mark.parametrize("option", ["--home", "--store"])
def test_what_belongs_to_a_project_is_refused(hygge: Any, tmp_path: Path, option: str) -> None:
    done = hygge("init", "--connector", "acme", option, "csv")
    assert done.code == 2
    assert f"{option} belongs to a project" in done.err
    assert list(tmp_path.glob("hygge-*")) == []


def test_nothing_is_overwritten(hygge: Any, tmp_path: Path) -> None:
    (tmp_path / "hygge-acme").mkdir()
    (tmp_path / "hygge-acme" / "README.md").write_text("mine")
    done = hygge("init", "--connector", "acme")
    assert done.code == 2
    assert "HYG116" in done.err
    assert [path.name for path in (tmp_path / "hygge-acme").iterdir()] == ["README.md"]


@pytest.mark.parametrize("name", ["", "Acme", "ac-me", "1acme", "_acme", "a__b", "class", "a/b", "..", "ä"])
def test_a_name_that_python_or_pip_cannot_take_is_refused(hygge: Any, tmp_path: Path, name: str) -> None:
    done = hygge("init", "--connector", name)
    assert done.code == 2
    assert "HYG113" in done.err
    assert list(tmp_path.glob("hygge-*")) == []


@pytest.mark.parametrize("name", ["parquet", "mssql", "core"])
def test_the_name_of_a_connector_that_there_is_is_refused(hygge: Any, name: str) -> None:
    done = hygge("init", "--connector", name)
    assert done.code == 2
    assert "is the name of a connector that there is" in done.err
