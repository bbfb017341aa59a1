"""The SQLite store keeps every law of a store."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from hygge.errors import TransientError
from hygge.testing import REFUSED, Gap, StoreConformance
from hygge.testing.values import SCHEMA

NESTED = ("list", "large_list", "fixed_size_list(2)", "struct", "map", "list of structs")
SLEEPER = "test_a_commit_that_slept_while_another_ended_it_changes_nothing"


class TestSqliteStore(StoreConformance):
    type = home = "sqlite"
    types: ClassVar = {
        "float64: NaN": REFUSED,
        **dict.fromkeys(("decimal128(5, -2)", "interval"), REFUSED),
        **dict.fromkeys(("large_string", "string_view", "dictionary"), "string"),
        **dict.fromkeys(("large_binary", "binary_view"), "binary"),
        **dict.fromkeys(NESTED, "string"),  # as JSON
    }
    gaps: ClassVar = {
        SLEEPER: Gap("asleep in its transaction it holds the database's lock: others wait", TransientError)
    }

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "out.db"), "busy_timeout": 1}

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        name = entity.replace('"', '""')
        with contextlib.closing(sqlite3.connect(config["path"], timeout=60)) as connection:
            try:
                rows = connection.execute(f'SELECT id, at, note FROM "{name}"').fetchall()
            except sqlite3.OperationalError:
                return None
        return pa.table([list(c) for c in zip(*rows, strict=True)] or [[], [], []], schema=SCHEMA)

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        with contextlib.closing(sqlite3.connect(config["path"])) as connection, connection:
            connection.execute(f'CREATE TABLE "{entity}" (ledger)')

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        folder = Path(config["path"]).parent / ".hygge" / "out.db"
        return [path.name for path in folder.glob("*")]
