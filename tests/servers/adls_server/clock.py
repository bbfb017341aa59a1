"""The service's clock, which a test may put forward."""

from __future__ import annotations

import time
from email.utils import formatdate, parsedate_to_datetime

__all__ = ["Clock", "http_date", "parse_date"]


class Clock:
    """Seconds since 1970, as the server has them."""

    def __init__(self, offset: float = 0) -> None:
        self._offset = offset

    def now(self) -> float:
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Let time pass for the server alone: leases and tokens expire, signatures are too old."""
        self._offset += seconds


def http_date(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)


def parse_date(text: str) -> float:
    """Seconds of an RFC 1123 date; raises `ValueError`."""
    found = parsedate_to_datetime(text)
    if not text.endswith("GMT"):
        raise ValueError(text)
    return found.timestamp()
