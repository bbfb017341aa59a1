"""Numbers and tables as people read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["count", "duration", "few", "moment", "plural", "size", "speed", "table"]

RIGHT = ">"
FEW = 3


def count(number: int) -> str:
    """1234567 as 1,234,567."""
    return f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """ "1 row", "2 rows"; ``many`` where an s does not make the plural."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def few(names: Sequence[str]) -> str:
    """ "a, b, c and 17 more"."""
    more = f" and {count(len(names) - FEW)} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def duration(seconds: float) -> str:
    """The time in the unit that fits: "40 ms", "0.4 s", "3 min 20 s", "2 h 5 min"."""
    if 0.0005 <= seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def moment(text: str) -> str:
    """An ISO 8601 moment in UTC, to the second."""
    return text[:19].replace("T", " ") + "Z"


def size(number: int) -> str:
    """Bytes in the unit that fits: "512 B", "3.4 MB"."""
    if number < 1000:
        return f"{number} B"
    rest = number / 1000
    for unit in ("kB", "MB", "GB"):
        if rest < 999.95:
            return f"{rest:.1f} {unit}"
        rest /= 1000
    return f"{rest:,.1f} TB"


def speed(size: int, seconds: float) -> str:
    """Bytes over a time, in MB/s; "-" before there is anything to tell."""
    return f"{size / seconds / 1e6:,.1f}" if size and seconds > 0 else "-"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns; a header that begins with ">" sets its column to the right."""
    right = [name.startswith(RIGHT) for name in header]
    lines = [[name.removeprefix(RIGHT) for name in header], *rows]
    widths = [max(_cells(line[at]) for line in lines) for at in range(len(header))]

    def padded(text: str, at: int) -> str:
        room = " " * (widths[at] - _cells(text))
        return room + text if right[at] else text + room

    return "\n".join("  ".join(padded(text, at) for at, text in enumerate(line)).rstrip() for line in lines)


def _cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
