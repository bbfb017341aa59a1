"""``hygge init`` and ``hygge demo``: the first minutes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

needs_sqlite = pytest.mark.skipif(
    __import__("importlib.util").util.find_spec("hygge_sqlite") is None,
    reason="hygge-sqlite is not installed",
)


def test_init_writes_a_project_that_the_editor_understands(hygge: Any, tmp_path: Path) -> None:
    done = hygge("init", "new", "--home", "rowfile")
    assert done.code == 0
    project, flow = tmp_path / "new" / "hygge.yml", tmp_path / "new" / "flows" / "example.yml"
    assert project.read_text().startswith("# yaml-language-server: $schema=.hygge-schema.json\nversion: 1\n")
    assert flow.read_text().startswith("# yaml-language-server: $schema=../.hygge-schema.json\n")
    assert "$defs" in json.loads((tmp_path / "new" / ".hygge-schema.json").read_text())
    assert (tmp_path / "new" / ".gitignore").read_text() == ".hygge_journal/\n"
    assert done.out.splitlines() == ["new/hygge.yml", "new/flows/example.yml", "new/.hygge-schema.json"]


def test_what_init_wrote_runs_once_its_places_are_filled_in(hygge: Any, tmp_path: Path) -> None:
    done = hygge("init", "new", "--home", "rowfile")
    assert "every CHANGE_ME" in done.err
    flow = tmp_path / "new" / "flows" / "example.yml"
    text = flow.read_text()
    assert text.count("CHANGE_ME") == 2
    text = text.replace("path: CHANGE_ME", "path: ../data").replace("CHANGE_ME", "orders")
    flow.write_text(text)
    for command in ("check", "plan", "run"):
        assert hygge(command, "--project", "new").code == 0


def test_init_tells_how_its_home_knows_what_is_new(hygge: Any, tmp_path: Path) -> None:
    for home, told in (
        ("parquet", "as this home tells it by itself,\n# or by a column"),
        ("rowfile", "new by a column"),
    ):
        assert hygge("init", str(tmp_path / home), "--home", home, "--store", "parquet").code == 0
        assert told in (tmp_path / home / "flows" / "example.yml").read_text()


def test_init_overwrites_nothing(hygge: Any, tmp_path: Path) -> None:
    (tmp_path / "new" / "flows").mkdir(parents=True)
    (tmp_path / "new" / "flows" / "example.yml").write_text("mine")
    (tmp_path / "new" / ".gitignore").write_text("mine")
    done = hygge("init", "new", "--home", "rowfile")
    assert done.code == 2
    assert "flows/example.yml" in done.err
    assert {p.name for p in (tmp_path / "new").rglob("*")} == {"flows", "example.yml", ".gitignore"}
    (tmp_path / "new" / "flows" / "example.yml").unlink()
    assert hygge("init", "new", "--home", "rowfile").code == 0
    assert (tmp_path / "new" / ".gitignore").read_text() == "mine"


def test_init_with_a_type_that_nobody_provides_writes_nothing(hygge: Any, tmp_path: Path) -> None:
    done = hygge("init", "new", "--home", "mssql")
    assert done.code == 3
    assert "pip install hygge-mssql" in done.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["yes", "1", "it's: a #name", "Ærø"])
def test_init_takes_any_folder_name_for_the_projects(hygge: Any, tmp_path: Path, name: str) -> None:
    assert hygge("init", name, "--home", "rowfile").code == 0
    assert hygge("runs", "--project", name).code == 0


@needs_sqlite
@pytest.mark.parametrize("store", ["parquet", "csv", "ndjson", "sqlite"])
def test_what_init_says_to_run_as_it_is_runs_as_it_is(hygge: Any, store: str) -> None:
    done = hygge("init", "new", "--store", store)
    assert "It runs as it is" in done.err
    for command in ("check", "plan", "run"):
        done = hygge(command, "--project", "new")
        assert done.code == 0, done.err
    assert "2 entities settled, 5,200 rows moved" in done.err


@needs_sqlite
def test_the_demo_moves_tables_twice_and_tells_what_to_try_next(hygge: Any, tmp_path: Path) -> None:
    done = hygge("demo", "play")
    assert done.code == 0, done.err
    assert "In SQLite now: 200 customers, 5,250 orders." in done.out
    assert "Read back from Parquet: 200 customers, 5,250 orders." in done.out
    assert "hygge run orders --full-drop" in done.out
    again = hygge("run", "orders", "--project", "play")
    assert "Nothing new" in again.err
    assert hygge("demo", "play").code == 2  # what is there is the user's now


@needs_sqlite
def test_the_demo_finds_a_place_of_its_own(cli: Any) -> None:
    done = cli("demo", environment={"TMPDIR": str(cli.root)})
    assert done.returncode == 0, done.stderr
    assert len(list(cli.root.glob("hygge-demo-*/out/orders/*.parquet"))) == 2


def test_without_hygge_sqlite_the_demo_says_what_to_install(cli: Any) -> None:
    place = {"HYGGE_DISABLE_PLUGINS": "hygge-sqlite", "TMPDIR": str(cli.root)}
    done = cli("demo", environment=place)
    assert done.returncode == 3
    assert "hygge-sqlite" in done.stderr
    assert not list(cli.root.glob("hygge-demo-*"))
