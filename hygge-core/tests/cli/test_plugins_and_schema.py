"""``hygge plugins`` and ``hygge schema``: what is installed, and what can be written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hygge import plugins


@pytest.fixture
def broken(hygge: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
    """One more distribution is installed, whose import fails."""
    site = tmp_path_factory.mktemp("site")
    info = site / "broken_one-3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-one\nVersion: 3\n")
    (info / "entry_points.txt").write_text("[hygge]\nbroken = broken_one\n")
    (site / "broken_one.py").write_text("print('hello from a plugin')\nraise RuntimeError('no good')\n")
    monkeypatch.syspath_prepend(str(site))
    plugins._load.cache_clear()
    return hygge


def test_plugins_are_listed_with_distribution_version_and_types(hygge: Any) -> None:
    done = hygge("plugins")
    assert done.code == 0
    assert "rowfile-connector  1" in done.out
    assert "home rowfile" in done.out
    assert "rows of a JSON file" in done.out
    assert "store parquet" in done.out


def test_a_broken_plugin_is_shown_with_its_error_and_breaks_no_command(broken: Any) -> None:
    done = broken("plugins")
    assert done.code == 0
    assert "broken-one" in done.out
    assert "RuntimeError: no good" in done.err
    assert broken("run").code == 0
    document = broken("plugins", "--output", "json").document  # its print() is not in there
    (one,) = [p for p in document["plugins"] if p["distribution"] == "broken-one"]
    assert "no good" in one["errors"][0]


def test_check_ends_with_1_where_a_plugin_is_broken(broken: Any) -> None:
    assert broken("plugins", "--check").code == 1


def test_check_imports_every_connector(hygge: Any) -> None:
    done = hygge("plugins", "--check")
    assert done.code == 1
    assert "no_such_driver" in done.err
    assert "HYG204" in done.err
    line = next(line for line in done.out.splitlines() if line.startswith("rowfile-connector"))
    assert "broken" in line


def test_check_is_content_with_sound_plugins(hygge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYGGE_DISABLE_PLUGINS", "rowfile,hygge-sqlite")
    done = hygge("plugins", "--check")
    assert done.code == 0
    assert "All well" in done.err
    assert "disabled" in done.out


def test_the_schema_covers_project_flows_and_connectors(hygge: Any) -> None:
    schema = json.loads(hygge("schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"project", "flow", "store_parquet", "home_rowfile"} <= set(schema["$defs"])


def test_the_schema_goes_into_a_file(hygge: Any, tmp_path: Path) -> None:
    done = hygge("schema", "--output", str(tmp_path / "editor" / "hygge.json"))
    assert done.code == 0
    assert done.out == ""
    assert json.loads((tmp_path / "editor" / "hygge.json").read_text()) == json.loads(hygge("schema").out)


def test_a_schema_file_may_be_called_json(hygge: Any, cli: Any) -> None:
    (cli.root / "json").mkdir()
    done = hygge("schema", "--output", "json")
    assert done.code == 2  # it is a folder
    assert done.out == ""
