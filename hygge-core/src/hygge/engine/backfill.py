"""The window of a backfill: the watermark values between which a run completes what is there."""

from __future__ import annotations

from dataclasses import replace

from hygge.engine.preflight import Footing
from hygge.errors import ConfigurationError, Refused
from hygge.flow.item import Item
from hygge.model import WatermarkValue, Window
from hygge.watermark import given, later

__all__ = ["backfill_window", "limited"]


def backfill_window(item: Item, footing: Footing) -> Window:
    """The window that was asked for, up to the committed watermark at most.

    Raises where nothing is committed that could be completed.
    """
    asked, value = item.backfill, _committed(item, footing)
    assert asked is not None
    assert value.value is not None
    upper = value.value
    if asked.upper is not None:
        wanted = given(asked.upper, value.type, end=True)
        upper = value.value if later(wanted, value.value, value.type) == wanted else wanted
    lower = given(asked.lower, value.type) if asked.lower is not None else None
    if lower is not None and later(lower, upper, value.type) == lower and lower != upper:
        raise ConfigurationError(
            f"{item.label}: the window from {lower} to {upper} is empty",
            code="HYG105",
            remedy=f"The committed watermark is {value.value}; what lies above comes with the next run.",
        )
    return Window(column=value.column, type=value.type, lower=lower, upper=upper)


def limited(window: Window | None, asked: Window | None) -> Window | None:
    """The planned window, its upper end not above what was asked for."""
    if window is None or asked is None or asked.upper is None or window.upper is None or window.type is None:
        return window
    lowest = asked.upper if later(window.upper, asked.upper, window.type) == window.upper else window.upper
    return replace(window, upper=lowest)


def _committed(item: Item, footing: Footing) -> WatermarkValue:
    value = footing.last.watermark if footing.last else None
    if value is None or value.value is None:
        raise Refused(
            f"{item.label}: there is no committed watermark, so there is nothing to complete",
            code="HYG407",
            remedy=f"Load it first with `hygge run {item.term}`.",
        )
    if item.config.watermark is not None and item.config.watermark.column != value.column:
        raise Refused(
            f"{item.label}: the committed watermark is {value.column}, "
            f"the flow now has {item.config.watermark.column}",
            code="HYG407",
            remedy=f"Load it anew with `hygge run {item.term} --full-drop`.",
        )
    return value
