"""A flow that settles its tables beside those that it reads."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import hygge
from hygge.config import load_project
from hygge.engine.checks import check_project
from hygge.engine.preview import preview_project

FLOW = """
home: {{type: sqlite, path: shop.db}}
store: {{type: sqlite, path: shop.db, table: "{table}"}}
entities: [{entities}]
"""


def flow(project: Path, entities: str, table: str = "{entity}_copy", name: str = "f") -> None:
    (project / "flows").mkdir(exist_ok=True)
    (project / "hygge.yml").write_text("version: 1\n")
    (project / "flows" / f"{name}.yml").write_text(FLOW.format(entities=entities, table=table))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project beside a database with two tables."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database, database:
        for table in ("Orders", "people"):
            database.execute(f"CREATE TABLE {table} (id INTEGER)")
            database.execute(f"INSERT INTO {table} VALUES (1)")
    return tmp_path


def ends(project: Path, *select: str) -> dict[str, str]:
    done = hygge.run(project, select=select).entities
    return {one.entity: (one.error or {"code": one.status})["code"] for one in done}


def tables(project: Path) -> set[str]:
    with closing(sqlite3.connect(project / "shop.db")) as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in found if not name.startswith("_hygge")}


def test_a_glob_does_not_make_copies_of_copies(shop: Path) -> None:
    flow(shop, "'*'")
    assert ends(shop) == {"Orders": "success", "people": "success"}
    for _ in range(2):
        both = {"Orders": "success", "people": "success"}
        assert ends(shop) == {**both, "Orders_copy": "HYG114", "people_copy": "HYG114"}
    assert tables(shop) == {"Orders", "people", "Orders_copy", "people_copy"}


def test_they_are_refused_whoever_asks_for_them(shop: Path) -> None:
    """A selection, as `hygge retry` makes one: the other entities are not part of the run."""
    flow(shop, "'*'")
    for _ in range(2):
        hygge.run(shop)
    assert ends(shop, "f.Orders_copy", "f.people_copy") == {"Orders_copy": "HYG114", "people_copy": "HYG114"}
    found = {one.entity: one.error for one in preview_project(shop)}
    assert found["Orders_copy"] is not None
    assert found["Orders"] is None
    checked = check_project(load_project(shop)).findings
    assert [one.subject.split()[0] for one in checked if not one.ok] == ["f.Orders_copy", "f.people_copy"]
    assert tables(shop) == {"Orders", "people", "Orders_copy", "people_copy"}


def test_names_that_differ_by_more_than_the_case_of_ascii_are_different_tables(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database, database:
        database.execute('CREATE TABLE "Ärger" (id INTEGER)')
    flow(tmp_path, "'Ärger'", "ärger")
    assert ends(tmp_path) == {"Ärger": "success"}


def test_left_out_they_are_no_trouble(shop: Path) -> None:
    flow(shop, "'*', '!*_copy'")
    for _ in range(2):
        assert ends(shop) == {"Orders": "success", "people": "success"}


def test_another_flow_may_go_on_from_them(shop: Path) -> None:
    flow(shop, "Orders, people")
    assert set(ends(shop).values()) == {"success"}
    flow(shop, "'*_copy'", "{entity}_again", "later")
    assert set(ends(shop).values()) == {"success"}
    assert "Orders_copy_again" in tables(shop)


def test_who_asks_for_one_by_its_name_gets_it(shop: Path) -> None:
    """A chain of two in one flow is somebody's choice."""
    flow(shop, "Orders, Orders_copy")
    with closing(sqlite3.connect(shop / "shop.db")) as database, database:
        database.execute("CREATE TABLE Orders_copy (id INTEGER)")
    found = ends(shop)
    assert found == {"Orders": "HYG402", "Orders_copy": "success"}, "what is there was not written by hygge"


@pytest.mark.parametrize("name", ["Orders", "orders", "ORDERS"])
def test_a_table_is_not_settled_on_itself_however_it_is_written(shop: Path, name: str) -> None:
    flow(shop, "Orders", name)
    assert ends(shop) == {"Orders": "HYG114"}
