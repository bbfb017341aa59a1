"""Moments as people type them on a command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

__all__ = ["MOMENT", "UNTIL"]

_AGO = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class _Moment(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A time ago (``90m``, ``2d``), a day, or a day and a time; UTC unless it says otherwise."""

    name = "moment"

    def __init__(self, *, end: bool) -> None:
        self._end = end  # a day alone stands for its end

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        text = str(value).strip()
        try:
            return self._moment(text)
        except (ValueError, OverflowError):
            self.fail(
                f"{text!r} is no moment; write a time ago as 90m, 12h or 7d, "
                "or 2024-02-29, or 2024-02-29T23:59 (UTC).",
                param,
                ctx,
            )

    def _moment(self, text: str) -> datetime:
        if ago := _AGO.fullmatch(text):
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text)
        if _DAY.fullmatch(text) and self._end:
            found += timedelta(days=1, microseconds=-1)
        return found.replace(tzinfo=found.tzinfo or UTC)


MOMENT = _Moment(end=False)
UNTIL = _Moment(end=True)
