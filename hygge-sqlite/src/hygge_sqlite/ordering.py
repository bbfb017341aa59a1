"""Decimals kept as text, compared as the numbers they are, in SQL alone.

All texts of a column have the same digits after the point, so of two that are not negative the longer
one is greater, and of two of one length the one that sorts later; of negative ones the other way round.
"""

from __future__ import annotations

__all__ = ["at_least", "at_most", "by_value"]


def by_value(name: str) -> list[str]:
    """What to sort by; nulls come first."""
    negative = f"{name} LIKE '-%'"
    length = f"CASE WHEN {negative} THEN -length({name}) ELSE length({name}) END"
    return [
        length,
        f"CASE WHEN {negative} THEN NULL ELSE {name} END",
        f"CASE WHEN {negative} THEN {name} END DESC",
    ]


def at_least(name: str, bound: str) -> tuple[str, list[str | int]]:
    """The condition that the value is the bound or greater, with what is bound in it."""
    if bound.startswith("-"):
        near = f"length({name}) < ? OR (length({name}) = ? AND {name} <= ?)"
        return f"({name} NOT LIKE '-%' OR {near})", [len(bound), len(bound), bound]
    near = f"length({name}) > ? OR (length({name}) = ? AND {name} >= ?)"
    return f"({name} NOT LIKE '-%' AND ({near}))", [len(bound), len(bound), bound]


def at_most(name: str, bound: str) -> tuple[str, list[str | int]]:
    """The condition that the value is the bound or less, with what is bound in it."""
    if bound.startswith("-"):
        near = f"length({name}) > ? OR (length({name}) = ? AND {name} >= ?)"
        return f"({name} LIKE '-%' AND ({near}))", [len(bound), len(bound), bound]
    near = f"length({name}) < ? OR (length({name}) = ? AND {name} <= ?)"
    return f"({name} LIKE '-%' OR {near})", [len(bound), len(bound), bound]
