"""Every Arrow type with the values that are hard to keep, for the table of what a store gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa

__all__ = ["CASES", "case_table", "same_values"]

EPOCH, FIRST, LAST = datetime(1970, 1, 1), datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)
NANOS = [-9_223_372_036 * 10**9, -1, 0, 1, 2**63 - 1]
"""1677-09-21T00:12:44 to 2262-04-11T23:47:16.854775807; Arrow reads no text of the second before."""
TEXTS = [
    "",
    " ",
    "plain",
    'a "quoted", one\r\nwith lines\tand \\',
    "e\u0301 é",
    "שלום",
    "名前 🎉",
    "007",
    "null",
]


def _integers(bits: int, signed: bool) -> list[int]:
    return [-(2 ** (bits - 1)), -1, 0, 2 ** (bits - 1) - 1] if signed else [0, 1, 2**bits - 1]


def _decimals(precision: int, scale: int) -> list[Decimal]:
    digits = [10**precision - 1, 1, 0, -1, 1 - 10**precision]
    return [Decimal(("-" if n < 0 else "") + f"{abs(n)}e{-scale}") for n in digits]


def _moments(unit: str) -> Sequence[Any]:
    if unit == "ns":
        return NANOS
    seconds = {"s": 1, "ms": 1000, "us": 1_000_000}[unit]
    first, last = ((moment - EPOCH).days * 86_400 * seconds for moment in (FIRST, LAST))
    return [first, -1, 0, 1, last + 86_400 * seconds - 1]


def _cases() -> dict[str, tuple[pa.DataType, Sequence[Any]]]:
    found: dict[str, tuple[pa.DataType, Sequence[Any]]] = {
        "null": (pa.null(), []),
        "bool": (pa.bool_(), [True, False]),
    }
    for bits in (8, 16, 32, 64):
        found[f"int{bits}"] = (getattr(pa, f"int{bits}")(), _integers(bits, True))
        found[f"uint{bits}"] = (getattr(pa, f"uint{bits}")(), _integers(bits, False))
    found |= {
        "float16": (pa.float16(), [0x0000, 0x3E00, 0xFBFF, 0x0001]),  # the bits of 0, 1.5, -65504, 2**-24
        "float32": (pa.float32(), [0.0, 3.4028234663852886e38, -1.401298464324817e-45]),
        "float64": (pa.float64(), [0.0, 0.1, 1.7976931348623157e308, -5e-324]),
        "float64: -0.0": (pa.float64(), [-0.0]),
        "float64: NaN": (pa.float64(), [float("nan")]),
        "float64: infinities": (pa.float64(), [float("inf"), float("-inf")]),
        "decimal32(9, 2)": (pa.decimal32(9, 2), _decimals(9, 2)),
        "decimal64(18, 4)": (pa.decimal64(18, 4), _decimals(18, 4)),
        "decimal128(5, -2)": (pa.decimal128(5, -2), _decimals(5, -2)),
        "date32": (pa.date32(), [date(1, 1, 1), date(1970, 1, 1), date(9999, 12, 31)]),
        "date64": (pa.date64(), [date(1, 1, 1), date(1970, 1, 1), date(9999, 12, 31)]),
        "time32[s]": (pa.time32("s"), [time(0), time(23, 59, 59)]),
        "time32[ms]": (pa.time32("ms"), [time(0), time(23, 59, 59, 999_000)]),
        "time64[us]": (pa.time64("us"), [time(0), time(23, 59, 59, 999_999)]),
        "time64[ns]": (pa.time64("ns"), [0, 1, 86_399_999_999_999]),
        "interval": (pa.month_day_nano_interval(), [(1, -2, 3)]),
        "string": (pa.string(), TEXTS),
        "string: NUL": (pa.string(), ["a\0b", "\0"]),
        "large_string": (pa.large_string(), TEXTS),
        "string_view": (pa.string_view(), TEXTS),
        "binary": (pa.binary(), [b"", b"\0", bytes(range(256))]),
        "large_binary": (pa.large_binary(), [b"", b"\0", bytes(range(256))]),
        "binary_view": (pa.binary_view(), [b"", b"\0", bytes(range(256))]),
        "fixed_size_binary(4)": (pa.binary(4), [b"\0\0\0\0", b"abcd"]),
        "dictionary": (pa.dictionary(pa.int32(), pa.string()), ["a", "b", "a"]),
        "list": (pa.list_(pa.int32()), [[], [1, None, 3]]),
        "large_list": (pa.large_list(pa.int32()), [[], [1, None, 3]]),
        "fixed_size_list(2)": (pa.list_(pa.int32(), 2), [[1, 2], [3, None]]),
        "struct": (pa.struct({"a": pa.int8(), "b": pa.string()}), [{"a": 1, "b": ""}, {"a": None, "b": "x"}]),
        "map": (pa.map_(pa.string(), pa.int32()), [[], [("a", 1), ("b", None)]]),
        "list of structs": (pa.list_(pa.struct({"a": pa.int32()})), [[{"a": 1}, {"a": None}], []]),
    }  # fmt: skip
    for precision, scale in ((10, 2), (38, 0), (38, 38)):
        found[f"decimal128({precision}, {scale})"] = (
            pa.decimal128(precision, scale),
            _decimals(precision, scale),
        )
    for scale in (0, 38):
        found[f"decimal256(76, {scale})"] = (pa.decimal256(76, scale), _decimals(76, scale))
    for unit in ("s", "ms", "us", "ns"):
        found[f"timestamp[{unit}]"] = (pa.timestamp(unit), _moments(unit))
        found[f"timestamp[{unit}, UTC]"] = (pa.timestamp(unit, "UTC"), _moments(unit))
        found[f"duration[{unit}]"] = (pa.duration(unit), [-1, 0, 2**53 + 1])
    for zone in ("Europe/Berlin", "+05:30"):
        found[f"timestamp[us, {zone}]"] = (pa.timestamp("us", zone), [-1, 0, 1_711_846_800_000_000])
    return found


CASES: Mapping[str, tuple[pa.DataType, Sequence[Any]]] = _cases()
"""By name: a type and values; the name begins with the type's and may say which values are meant."""


def case_table(name: str) -> pa.Table:
    """The values of a case in the column ``v``, a null behind them, numbered by ``id``."""
    kind, values = CASES[name]
    column = pa.array([*values, None], pa.uint16() if kind == pa.float16() else kind).view(kind)
    schema = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("v", kind)])
    return pa.table([pa.array(range(len(column)), pa.int64()), column], schema)


def same_values(expected: pa.ChunkedArray, found: pa.ChunkedArray) -> bool | None:
    """Whether two columns hold the same, floats bit by bit; None where their types can't be compared."""
    if expected.type != found.type:
        try:
            found = found.cast(expected.type)
        except pa.ArrowNotImplementedError:
            return None
        except pa.ArrowInvalid:
            return False
    return bool(_bits(expected).equals(_bits(found)))


def _bits(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kinds: Mapping[pa.DataType, Callable[[], pa.DataType]] = {
        pa.float16(): pa.uint16,
        pa.float32(): pa.uint32,
        pa.float64(): pa.uint64,
    }
    return whole.view(kinds[whole.type]()) if whole.type in kinds else whole
