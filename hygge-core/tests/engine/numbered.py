"""Rows that are told apart by a number, and the flow that follows it."""

from __future__ import annotations

__all__ = ["INCREMENTAL", "rows"]

INCREMENTAL = "run_type: incremental\nwatermark: {column: at}"


def rows(*ids: int) -> list[tuple[int, int, str]]:
    return [(n, n, f"row {n}") for n in ids]
