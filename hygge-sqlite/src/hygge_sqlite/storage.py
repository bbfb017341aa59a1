"""How Arrow values rest in SQLite: the declared type of a column, and what its values become.

Every declaration is one that `hygge_sqlite.types` reads back as the same Arrow type, except for nested
values, which become JSON text. Texts are written in one way each, so that they sort as what they say;
only decimals do not (see `hygge_sqlite.ordering`).
"""

from __future__ import annotations

import pyarrow as pa

from hygge_sqlite.types import EXACT

__all__ = ["declaration", "is_one_way", "stored_type"]

_BY_TYPE = {str(kind): name for name, (_, kind) in EXACT.items() if name != "TIMESTAMP_US"}
_BY_TYPE |= {
    "bool": "BOOLEAN",
    "int64": "INTEGER",
    "double": "REAL",
    "string": "TEXT",
    "binary": "BLOB",
    "date32[day]": "DATE",
    "timestamp[us]": "TIMESTAMP",
}
_DECIMALS = {32: "DECIMAL32_TEXT", 64: "DECIMAL64_TEXT", 128: "DECIMAL_TEXT", 256: "DECIMAL256_TEXT"}


def declaration(kind: pa.DataType) -> str | None:
    """The declared type of a column of this Arrow type; None if SQLite cannot hold such values."""
    kind = stored_type(kind)
    if str(kind) in _BY_TYPE:
        return _BY_TYPE[str(kind)]
    if pa.types.is_timestamp(kind):
        zone = "" if kind.tz == "UTC" else f" '{kind.tz}'"
        return f"TIMESTAMPTZ_{kind.unit.upper()}{zone}" if "'" not in kind.tz else None
    if pa.types.is_decimal(kind) and kind.scale >= 0:
        return f"{_DECIMALS[kind.bit_width]}({kind.precision}, {kind.scale})"
    if pa.types.is_fixed_size_binary(kind):
        return f"FIXED_BLOB({kind.byte_width})"
    return "JSON" if is_one_way(kind) else None


def is_one_way(kind: pa.DataType) -> bool:
    """Whether values are written as JSON text and read back as that."""
    return bool(pa.types.is_nested(kind) and not pa.types.is_union(kind))


def stored_type(kind: pa.DataType) -> pa.DataType:
    """The type without layouts that make no difference to the values: dictionaries, views, large offsets."""
    if isinstance(kind, pa.BaseExtensionType):
        return stored_type(kind.storage_type)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return stored_type(kind.value_type)
    if pa.types.is_large_string(kind) or kind.equals(pa.string_view()):
        return pa.string()
    if pa.types.is_large_binary(kind) or kind.equals(pa.binary_view()):
        return pa.binary()
    return kind
