"""Which Arrow type a column has, by its declared type or by what the flow says.

SQLite stores any value in any column (but in STRICT tables); a declared type is only a promise that
the readers check. Times have no type of their own: as ISO text they are read where the declaration
says so; as numbers only where the flow names the unit, because nothing else tells seconds from days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from hygge.errors import NeedsUser

__all__ = ["Column", "declared", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How one column is read.

    ``kind`` says how values are taken: i integer, f real, b boolean, s text, x blob, d date, t naive
    timestamp, z timestamp with zone, m decimal.
    """

    name: str
    kind: str
    type: pa.DataType
    shape: str | None = None  # of every text, where texts are compared: digits as 0

    @property
    def field(self) -> pa.Field:
        """Nullable always: SQLite enforces NOT NULL, but not for what was there before."""
        return pa.field(self.name, self.type)


_NAMED = {
    "int8": ("i", pa.int8()),
    "int16": ("i", pa.int16()),
    "int32": ("i", pa.int32()),
    "int64": ("i", pa.int64()),
    "float64": ("f", pa.float64()),
    "bool": ("b", pa.bool_()),
    "string": ("s", pa.string()),
    "binary": ("x", pa.binary()),
    "date": ("d", pa.date32()),
    "timestamp": ("t", pa.timestamp("us")),
    "timestamp_utc": ("z", pa.timestamp("us", "UTC")),
    "unix_s": ("i", pa.timestamp("s", "UTC")),
    "unix_ms": ("i", pa.timestamp("ms", "UTC")),
    "unix_us": ("i", pa.timestamp("us", "UTC")),
}


def named(column: str, name: str) -> Column:
    """The column as the flow's ``types`` name it; raises `NeedsUser` for a decimal that cannot be."""
    if match := re.fullmatch(r"decimal\((\d+), ?(\d+)\)", name):
        found = _decimal(column, int(match[1]), int(match[2]))
        if found is None:
            raise NeedsUser(
                f"types: {column!r} cannot be {name}",
                code="HYG305",
                remedy="Give decimal 1 to 38 digits in all, and not more places than digits.",
            )
        return found
    kind, type_ = _NAMED[name]
    return Column(name=column, kind=kind, type=type_)


def declared(column: str, declaration: str | None) -> Column | None:
    """The column by its declared type; None where that promises nothing."""
    text = " ".join((declaration or "").upper().split())
    word = text.partition("(")[0].strip()
    if word in ("BOOL", "BOOLEAN"):
        return named(column, "bool")
    if word == "DATE":
        return named(column, "date")
    if word in ("DATETIME", "TIMESTAMP"):
        return named(column, "timestamp")
    if word in ("DECIMAL", "NUMERIC"):
        match = re.search(r"\((\d+)(?:\s*,\s*(\d+))?\)", text)
        return _decimal(column, int(match[1]), int(match[2] or 0)) if match else named(column, "float64")
    if word in ("TIME", "JSON"):
        return named(column, "string")
    return _by_affinity(column, text)


def _by_affinity(column: str, text: str) -> Column | None:
    """SQLite's own rules, in its order (https://sqlite.org/datatype3.html, section 3.1)."""
    for parts, name in (
        (("INT",), "int64"),
        (("CHAR", "CLOB", "TEXT"), "string"),
        (("BLOB",), "binary"),
        (("REAL", "FLOA", "DOUB"), "float64"),
    ):
        if any(part in text for part in parts):
            return named(column, name)
    return None


def _decimal(column: str, precision: int, scale: int) -> Column | None:
    if not 1 <= precision <= 38 or scale > precision:
        return None
    return Column(name=column, kind="m", type=pa.decimal128(precision, scale))
