"""Arrow types by the names that people write in a flow; Arrow's own names of them are understood, too."""

from __future__ import annotations

import re
import zoneinfo

import pyarrow as pa

__all__ = ["KNOWN", "parse_type"]

_SIMPLE = {
    "string": pa.string(),
    "text": pa.string(),
    "binary": pa.binary(),
    "bool": pa.bool_(),
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "date32[day]": pa.date32(),
    "date64[ms]": pa.date64(),
    "large_string": pa.large_string(),
    "large_binary": pa.large_binary(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    **{
        f"{sign}int{bits}": pa.type_for_alias(f"{sign}int{bits}")
        for sign in ("", "u")
        for bits in (8, 16, 32, 64)
    },
    **{f"float{bits}": pa.type_for_alias(f"float{bits}") for bits in (32, 64)},
}
KNOWN = (
    "string, binary, bool, int8 to int64, uint8 to uint64, float32, float64, decimal(DIGITS,PLACES), "
    "date, time, timestamp, timestamp[s|ms|us|ns], timestamp[us, UTC]"
)
_TIMESTAMP = re.compile(r"timestamp\[(s|ms|us|ns)(?:, *(?:tz=)?([^\]]+))?\]")
_TIME = re.compile(r"time(?:32|64)?\[(s|ms|us|ns)\]")
_DURATION = re.compile(r"duration\[(s|ms|us|ns)\]")
_FIXED = re.compile(r"fixed_size_binary\[(\d+)\]")
_DECIMAL = re.compile(r"(?:decimal(?:128|256)?|numeric)\((\d+)(?:, *(\d+))?\)")


def parse_type(name: str) -> pa.DataType | None:
    """The Arrow type that ``name`` says, or None if it says none; `KNOWN` lists the names."""
    text = name.strip()
    if text.lower() in _SIMPLE:
        return _SIMPLE[text.lower()]
    if match := _TIMESTAMP.fullmatch(text):
        zone = match[2] and match[2].strip()
        return pa.timestamp(match[1], zone) if zone is None or _is_zone(zone) else None
    if match := _TIME.fullmatch(text):
        return pa.time32(match[1]) if match[1] in ("s", "ms") else pa.time64(match[1])
    if match := _DURATION.fullmatch(text):
        return pa.duration(match[1])
    if match := _FIXED.fullmatch(text):
        return pa.binary(int(match[1]))
    if match := _DECIMAL.fullmatch(text):
        digits, places = int(match[1]), int(match[2] or 0)
        if not 1 <= digits <= 76 or places > digits:
            return None
        return (pa.decimal128 if digits <= 38 else pa.decimal256)(digits, places)
    return None


def _is_zone(name: str) -> bool:
    """Whether readers of a timestamp will know its zone."""
    if name == "UTC" or re.fullmatch(r"[+-]([01]\d|2[0-3]):[0-5]\d", name):
        return True
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
