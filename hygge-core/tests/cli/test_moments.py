"""Moments of a command line: days have a beginning and an end, and zones count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hygge.cli.moments import MOMENT, UNTIL

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2024-02-29T12:00", "2024-02-29 12:00:00", "2024-02-29T12:00Z", "2024-02-29T14:00+02:00"]
)
@pytest.mark.parametrize("kind", [MOMENT, UNTIL])
def test_a_time_of_a_day_is_that_moment_in_its_own_zone(kind: Any, text: str) -> None:
    assert kind.convert(text, None, None) == NOON


def test_a_day_is_meant_from_its_first_moment_to_its_last() -> None:
    assert MOMENT.convert("2024-02-29", None, None) == NOON.replace(hour=0)
    assert UNTIL.convert("2024-02-29", None, None) == datetime(2024, 2, 29, 23, 59, 59, 999_999, UTC)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("90m", 5400), ("12h", 43_200), ("7d", 604_800), ("2w", 1_209_600)]
)
def test_a_time_ago_has_its_unit(text: str, seconds: int) -> None:
    before = datetime.now(UTC)
    found = MOMENT.convert(text, None, None)
    ago = (before - found).total_seconds()
    assert seconds - 60 < ago <= seconds
