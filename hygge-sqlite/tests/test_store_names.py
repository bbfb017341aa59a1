"""Names of tables and columns are data, or refused before anything is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hygge.errors import ConfigurationError
from hygge.testing.values import target
from hygge_sqlite.store import SqliteStore

ROWS = pa.table({"id": [1, 2, 3], "note": ["a", "b", None]})


@pytest.mark.parametrize(
    "name",
    [
        "select",
        "group by",
        'a"b',
        "a'b",
        "a;--",
        "[x]",
        "🙂 emoji",
        "数据",
        " ",
        "é",
        "main.t",
        "%",
        "x" * 500,
        "a\nb",
    ],
)
def test_any_column_name_is_data(database: Any, name: str) -> None:
    rows = pa.table({name: [1, 2], "rowid": ["a", "b"], "_rowid_": [1, 1], "oid": [2, 2]})
    database.land(rows)
    database.land(rows, "append")
    database.land(rows.slice(0, 1), entity="u", mode="upsert", keys=(name,))
    assert database.read()[name].to_pylist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    "name", ["", " ", "sqlite_x", "SQLITE_STAT1", "_hygge_receipts", "_HYGGE_x", "a\0b", "\ud800"]
)
def test_a_table_name_that_cannot_be_is_refused_before_any_io(tmp_path: Path, name: str) -> None:
    store = SqliteStore({"path": str(tmp_path / "x.db")})
    with pytest.raises(ConfigurationError) as caught:
        store.identity(target(name))
    assert caught.value.code == "HYG113"
    assert list(tmp_path.iterdir()) == []


def test_names_that_sqlite_takes_for_one_have_one_identity(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    store = SqliteStore({"path": str(tmp_path / "x.db")})
    linked = SqliteStore({"path": str(tmp_path / "link" / "x.db"), "table": "T_{entity}"})
    assert linked.identity(target("Orders")) == store.identity(target("t_orders"))
    assert store.identity(target("É")) != store.identity(target("é"))
    assert linked.connection() == store.connection()


def test_a_placeholder_in_the_path_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"store\.table"):
        SqliteStore({"path": "{entity}.db"})


def test_what_hygge_keeps_is_no_entity(database: Any) -> None:
    database.land(ROWS)
    assert database.home().entities() == ["t"]
