"""Random histories of a table that grows: late rows, ties and nulls in the column that is counted by."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hygge.testing.values import table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LOOKBACK", "history"]

LOOKBACK = 5
"""No row comes later than this much below the greatest value that was there."""


def history(seed: int, steps: int = 5) -> Iterator[pa.Table]:
    """What is inserted before each run; sometimes nothing, sometimes only nulls."""
    random_ = random.Random(seed)
    identity, greatest = 0, 100
    for step in range(steps):
        count = random_.choice((0, 1, 7, 20)) if step else 12
        nulls = random_.choice((0.0, 0.2, 1.0)) if step else 0.2
        at = {
            identity + n: None if random_.random() < nulls else greatest + random_.randint(-LOOKBACK, 4)
            for n in range(count)
        }
        rows = table(at, at=at, note=f"{step}.")
        yield rows
        identity += count
        greatest = max([greatest, *(value for value in at.values() if value is not None)])
