"""The SELECT of a request: quoted names, bound values, the window's ends both included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from hygge.model import ReadRequest, Window
from hygge.watermark import from_text
from hygge_sqlite.catalogue import Source, quoted
from hygge_sqlite.ordering import at_least, at_most
from hygge_sqlite.types import Column

__all__ = ["Select", "comparable", "select"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A statement and its bound values."""

    what: tuple[str, ...]
    rest: str  # FROM and what follows it
    params: tuple[Any, ...] = ()

    @property
    def sql(self) -> str:
        return f"SELECT {', '.join(self.what)} {self.rest}"

    def __str__(self) -> str:
        """For people: the values stand behind the statement."""
        values = f"  -- with {', '.join(map(repr, self.params))}" if self.params else ""
        return self.sql + values


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
    rest = f"FROM {source.sql}"
    if conditions:
        rest += " WHERE " + " AND ".join(conditions)
    return Select(what=tuple(what), rest=rest, params=tuple(params))


def _window(window: Window, column: Column, *, upper: bool) -> tuple[str, list[Any]]:
    name, parts, params = comparable(column), [], []
    if column.kind == "m":
        return _decimal_window(window, column, upper=upper)
    if window.lower is not None:
        value, above = _bound(window.lower, column)
        parts.append(f"{name} {'>' if above else '>='} ?")
        params.append(value)
        if column.kind in "tz":
            parts, params = _or_of_another_shape(parts[0], value, column)
    if upper and window.upper is not None:
        value, _ = _bound(window.upper, column)
        parts.append(f"{name} <= ?")
        params.append(value)
    elif upper:
        parts.append("0")  # nothing had a value when the plan was made
    inside = " AND ".join(parts) or f"{quoted(column.name)} IS NOT NULL"
    return (f"({inside} OR {quoted(column.name)} IS NULL)" if window.nulls else f"({inside})"), params


def _decimal_window(window: Window, column: Column, *, upper: bool) -> tuple[str, list[Any]]:
    """For decimals that are all kept as texts of one scale."""
    name, parts, params = quoted(column.name), [f"{quoted(column.name)} IS NOT NULL"], []
    for bound, compare in ((window.lower, at_least), (window.upper if upper else None, at_most)):
        if bound is not None:
            condition, more = compare(name, format(from_text(bound, column.type).as_py(), "f"))
            parts.append(condition)
            params += more
    inside = " AND ".join(parts)
    return (f"({inside} OR {name} IS NULL)" if window.nulls else f"({inside})"), params


def _bound(text: str, column: Column) -> tuple[Any, bool]:
    """The value as it is stored, and whether it lies above the text that stands for it."""
    value = from_text(text, column.type)
    if column.kind == "i":
        return (value.value if pa.types.is_timestamp(column.type) else value.as_py()), False
    if column.kind == "u" and value.as_py() >= 2**63:
        return value.as_py().to_bytes(8, "big"), False
    if column.kind in "tz":
        return _in_shape(text.removesuffix("+00:00"), column)
    return (text if column.kind == "d" else value.as_py()), False


def _or_of_another_shape(condition: str, bound: str, column: Column) -> tuple[list[str], list[Any]]:
    """The condition, and texts from its day on that another shape may have put on its wrong side.

    They are read so that they are refused; left out by the comparison they would be lost unseen.
    """
    assert column.shape is not None
    name, day = comparable(column), date.fromisoformat(bound[:10])
    if column.kind == "z" and day > date.min:
        day -= timedelta(days=1)  # with an offset, a text of the day before may be later
    other = f"{name} NOT GLOB ?"
    return [f"{name} >= ?", f"({condition} OR {other})"], [
        day.isoformat(), bound, column.shape.replace("0", "[0-9]"),
    ]  # fmt: skip


def _in_shape(text: str, column: Column) -> tuple[str, bool]:
    """The moment as texts of the column say it; one that they cannot say is cut, and then lies above."""
    assert column.shape is not None
    zone = "Z" if column.kind == "z" else ""
    size = len(column.shape) - len(zone)
    exact = text[:10] + column.shape[10] + text[11:]
    whole, _, fraction = exact.partition(".")
    exact = whole + "." + fraction.ljust(9, "0")
    return exact[:size] + zone, bool(exact[size:].strip(".:0"))
