"""Which Arrow type a column has, by its declared type or by what the flow says.

SQLite stores any value in any column (but in STRICT tables); a declared type is only a promise that
the readers check. Times have no type of their own: as ISO text they are read where the declaration
says so; as numbers only where the flow names the unit, because nothing else tells seconds from days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from hygge.errors import NeedsUser

__all__ = ["DIGITS", "EXACT", "Column", "declared", "named"]

DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}  # after the second, by the unit of a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How one column is read.

    ``kind`` says how values are taken: i integer, u unsigned 64-bit integer, f real, b boolean, s text,
    x blob, d date, t naive timestamp, z timestamp with zone, c time of day, m decimal, n null.
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
_UNITS = ("s", "ms", "us", "ns")
EXACT: Mapping[str, tuple[str, pa.DataType]] = {
    **{f"INT{bits}_T": ("i", pa.type_for_alias(f"int{bits}")) for bits in (8, 16, 32)},
    **{f"UINT{bits}_T": ("i", pa.type_for_alias(f"uint{bits}")) for bits in (8, 16, 32)},
    "UINT64_T": ("u", pa.uint64()),
    "FLOAT16": ("f", pa.float16()),
    "FLOAT32": ("f", pa.float32()),
    "DATE64": ("d", pa.date64()),
    **{f"DURATION_{unit.upper()}": ("i", pa.duration(unit)) for unit in _UNITS},
    **{f"TIME_{unit.upper()}": ("c", pa.time32(unit)) for unit in _UNITS[:2]},
    **{f"TIME_{unit.upper()}": ("c", pa.time64(unit)) for unit in _UNITS[2:]},
    **{f"TIMESTAMP_{unit.upper()}": ("t", pa.timestamp(unit)) for unit in _UNITS},
    "VOID": ("n", pa.null()),
}
"""Declared types that stand for one Arrow type each, as the store of this distribution writes them."""
_ZONED = re.compile(r"TIMESTAMPTZ_(S|MS|US|NS)(?: '([^']+)')?", re.IGNORECASE)
_SIZED = {
    "FIXED_BLOB": pa.binary,
    "DECIMAL32_TEXT": pa.decimal32,
    "DECIMAL64_TEXT": pa.decimal64,
    "DECIMAL_TEXT": pa.decimal128,
    "DECIMAL256_TEXT": pa.decimal256,
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
    if exact := _exact(column, " ".join((declaration or "").split()), text, word):
        return exact
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


def _exact(column: str, written: str, text: str, word: str) -> Column | None:
    """The column by a declaration that names one Arrow type."""
    if text in EXACT:
        kind, type_ = EXACT[text]
        return Column(name=column, kind=kind, type=type_)
    if match := _ZONED.fullmatch(written):
        return Column(name=column, kind="z", type=pa.timestamp(match[1].lower(), match[2] or "UTC"))
    sizes = [int(size) for size in re.findall(r"\d+", text.partition("(")[2])]
    if word not in _SIZED or len(sizes) != (1 if word == "FIXED_BLOB" else 2):
        return None
    try:
        return Column(name=column, kind="x" if len(sizes) == 1 else "m", type=_SIZED[word](*sizes))
    except ValueError:  # more digits than the type holds
        return None


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
