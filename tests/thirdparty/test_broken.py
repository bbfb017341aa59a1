"""A distribution whose every plugin has a fault: hygge says so, and goes on with all others."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FAULTS = {
    "raises": "RuntimeError: no luck today",
    "exits": "SystemExit: goodbye",
    "old": "'ancient' was written for API version 99",
    "shadows": "the store type 'parquet' is provided by hygge-core and hygge-broken",
    "misspelt": "unknown hook 'hygge_store'",
    "half": "name must be lower-case letters, digits and _",
    "gone": "No module named 'hygge_broken.gone'",
}


def hygge(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["hygge", *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One flow that needs none of them."""
    pq.write_table(pa.table({"id": [1, 2, 3]}), tmp_path / "in.parquet")
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    (tmp_path / "flows").mkdir()
    flow(tmp_path, "good", "parquet, path: out")
    return tmp_path


def flow(project: Path, name: str, store: str) -> None:
    text = f"home: {{type: parquet, path: ../in.parquet}}\nstore: {{type: {store}}}\nentities: [t]\n"
    (project / "flows" / f"{name}.yml").write_text(text.replace("../", f"{project}/"))


def test_each_is_listed_with_its_own_fault_and_the_others_work(tmp_path: Path) -> None:
    done = hygge(tmp_path, "plugins", "--output", "json")
    assert done.returncode == 0
    found = {one["name"]: one for one in json.loads(done.stdout)["plugins"]}
    for name, fault in FAULTS.items():
        assert len(found[name]["errors"]) == 1, name
        assert fault in found[name]["errors"][0], name
        assert found[name]["types"] == [], name
        assert f"hygge-broken ({name}): " in done.stderr
    for name in ("core", "rest", "prints"):
        assert found[name]["errors"] == [], name


def test_a_class_that_is_no_store_shows_when_every_connector_is_imported(tmp_path: Path) -> None:
    done = hygge(tmp_path, "plugins", "--check")
    assert done.returncode == 1
    assert "hygge_broken.stores:Nothing is not a subclass of hygge.Store" in done.stderr


def test_what_a_plugin_prints_is_not_among_the_results(tmp_path: Path) -> None:
    done = hygge(tmp_path, "plugins", "--output", "json")
    assert "welcome" in done.stderr
    assert "welcome" not in done.stdout


def test_a_flow_that_needs_none_of_them_runs(project: Path) -> None:
    done = hygge(project, "run", "--output", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["entities"][0]["rows_written"] == 3


@pytest.mark.parametrize(("name", "code"), [("ancient", "HYG201"), ("chatty", "HYG202")])
def test_a_flow_that_names_one_is_refused_and_the_other_still_runs(
    project: Path, name: str, code: str
) -> None:
    flow(project, "bad", name)
    refused = hygge(project, "run", "bad")
    assert refused.returncode in (1, 3)
    assert code in refused.stderr + refused.stdout
    assert hygge(project, "run", "good").returncode == 0


def test_those_that_are_switched_off_are_not_even_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HYGGE_DISABLE_PLUGINS", "hygge-broken")
    done = hygge(tmp_path, "plugins", "--output", "json")
    assert "welcome" not in done.stderr
    assert {one["name"] for one in json.loads(done.stdout)["plugins"] if one["disabled"]} > set(FAULTS)


def test_help_imports_no_plugin(tmp_path: Path) -> None:
    done = hygge(tmp_path, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
