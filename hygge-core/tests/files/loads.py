"""What the tests of publishing load, and the rows that are there then."""

from __future__ import annotations

from hygge.testing.trials import Splits
from hygge.testing.values import batches, counted

__all__ = ["NEW", "NEW_ROWS", "OLD", "OLD_ROWS"]

OLD: Splits = {"a": (0, 5, "old"), "b": (5, 9, "old")}
NEW: Splits = {"a": (100, 104, "new"), "b": (104, 110, "new"), "c": (110, 111, "new")}
NEW_ROWS = counted(batches(range(100, 111), note="new"))
OLD_ROWS = counted(batches(range(9), note="old"))
