"""What every store says of a job: when it began, and who came first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hygge.jobs import begun_long_ago, not_as_staged
from hygge.testing.values import job_id


@pytest.mark.parametrize(("hours", "long"), [(0, False), (23, False), (25, True), (9000, True)])
def test_what_a_journal_of_others_may_still_be_staging_is_left_for_a_day(hours: int, long: bool) -> None:
    assert begun_long_ago(job_id(datetime.now(UTC) - timedelta(hours=hours))) == long


def test_what_bears_no_time_belongs_to_no_job() -> None:
    assert begun_long_ago("leftover")


def test_a_staged_file_that_is_gone_is_told_apart_from_one_that_was_cut() -> None:
    assert "is missing; 7 bytes were written" in not_as_staged("x", None, 7).message
    assert "has 0 bytes; 7 bytes were written" in not_as_staged("x", 0, 7).message
