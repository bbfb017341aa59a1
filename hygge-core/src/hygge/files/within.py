"""Rows inside a window: both ends included, exactly as the watermark's type compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hygge.files.format import Bounds
from hygge.model import Window
from hygge.watermark import from_text, less

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["may_hold", "within"]


def within(values: pa.Array, window: Window) -> pa.Array:
    """For each value whether its row belongs to the window."""
    import pyarrow.compute as pc  # slow to import, and most readers have no window

    mask = pc.is_valid(values)
    if window.lower is not None:
        mask = pc.and_kleene(mask, pc.greater_equal(values, from_text(window.lower, values.type)))
    if window.upper is not None:
        mask = pc.and_kleene(mask, pc.less_equal(values, from_text(window.upper, values.type)))
    mask = pc.fill_null(mask, False)
    return pc.or_(mask, pc.is_null(values)) if window.nulls else mask


def may_hold(bounds: Bounds | None, window: Window) -> bool:
    """Whether something with these bounds may hold a row of the window."""
    if bounds is None or (window.nulls and bounds.nulls):
        return True
    if bounds.least is None or bounds.greatest is None:
        return False
    kind = bounds.least.type
    above = window.upper is not None and less(from_text(window.upper, kind), bounds.least)
    below = window.lower is not None and less(bounds.greatest, from_text(window.lower, kind))
    return not above and not below
