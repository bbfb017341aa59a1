"""The rows that the tests of the store settle, and what a reader then finds."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

__all__ = ["NEW", "OLD", "rows"]

OLD = pa.table({"id": [1, 2, 3], "note": ["a", "b", None]})
NEW = pa.table({"id": [2, 4], "note": ["B", "d"]})


def rows(database: Any, table: str = "t") -> list[Any]:
    found: list[Any] = database.ask(f'SELECT * FROM "{table}" ORDER BY 1')
    return found
