"""The SELECT of a request: quoted names, bound values, the window's ends both included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from hygge.errors import DataError
from hygge.model import ReadRequest, Window
from hygge.watermark import from_text
from hygge_sqlite.catalogue import Source, quoted
from hygge_sqlite.types import Column

__all__ = ["Select", "comparable", "refuse_unordered", "select"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A statement and its bound values."""

    sql: str
    params: tuple[Any, ...] = ()

    def __str__(self) -> str:
        """For people: the values stand behind the statement."""
        values = f"  -- with {', '.join(map(repr, self.params))}" if self.params else ""
        return " ".join(self.sql.split()) + values


def comparable(column: Column) -> str:
    """The column as it is compared and sorted: texts byte by byte, whatever the column's collation."""
    collation = " COLLATE BINARY" if column.kind in "sdtz" else ""
    return quoted(column.name) + collation


def select(
    source: Source,
    what: Sequence[str],
    request: ReadRequest,
    watermark: Column | None,
    *,
    upper: bool = True,
) -> Select:
    """``what`` of the rows in the request's window; without ``upper`` the window is open at the top."""
    conditions: list[str] = []
    params: list[Any] = []
    if request.where is not None:
        conditions.append(f"(\n{request.where}\n)")  # a comment at its end must not reach our bracket
    if request.window is not None and watermark is not None:
        condition, params = _window(request.window, watermark, upper=upper)
        conditions.append(condition)
    sql = f"SELECT {', '.join(what)} FROM {source.sql}"
    if conditions:
        sql += " WHERE " + " AND ".join(conditions)
    return Select(sql=sql, params=tuple(params))


def _window(window: Window, column: Column, *, upper: bool) -> tuple[str, list[Any]]:
    name, parts, params = comparable(column), [], []
    if window.lower is not None:
        value, above = _bound(window.lower, column)
        parts.append(f"{name} {'>' if above else '>='} ?")
        params.append(value)
    if upper and window.upper is not None:
        value, _ = _bound(window.upper, column)
        parts.append(f"{name} <= ?")
        params.append(value)
    elif upper:
        parts.append("0")  # nothing had a value when the plan was made
    inside = " AND ".join(parts) or f"{quoted(column.name)} IS NOT NULL"
    return (f"({inside} OR {quoted(column.name)} IS NULL)" if window.nulls else f"({inside})"), params


def _bound(text: str, column: Column) -> tuple[Any, bool]:
    """The value as it is stored, and whether it lies above the text that stands for it."""
    value = from_text(text, column.type)
    if column.kind == "i":
        return (value.value if pa.types.is_timestamp(column.type) else value.as_py()), False
    if column.kind in "tz":
        return _in_shape(value.as_py(), column)
    return (text if column.kind == "d" else value.as_py()), False


def _in_shape(moment: datetime, column: Column) -> tuple[str, bool]:
    assert column.shape is not None
    zone = "Z" if column.kind == "z" else ""
    size = len(column.shape) - len(zone)
    exact = moment.replace(tzinfo=None).isoformat(column.shape[10], "microseconds")
    rest = exact[size:].strip(".:0")
    return exact[:size] + zone, bool(rest)


def refuse_unordered(column: Column, label: str) -> None:
    """Raise `DataError` HYG303 for a column whose stored values have no exact order."""
    if column.kind in "fbm":
        raise DataError(
            f"{label}: {column.name!r} cannot be a watermark: SQLite stores it as {column.type}, "
            "which has no exact order there",
            code="HYG303",
            remedy="Choose a column of integers, ISO times or text.",
        )
