"""Laws of a home behind a service: whichever request fails, no row is lost, doubled or made up.

Hooked up as `hygge.testing.store_service` says, with a fixture ``script``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from hygge.errors import HyggeError, TransientError
from hygge.model import ReadRequest
from hygge.testing.canaries import assert_untold, said
from hygge.testing.faults import Fault, FaultScript
from hygge.testing.home_bench import HomeBench, HomeLaws, request
from hygge.testing.service import PAUSE, ServiceLaws, assert_told, insist
from hygge.testing.values import counted, table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["HomeServiceConformance"]

ROWS = 40


class HomeServiceConformance(ServiceLaws, HomeLaws):
    """Every law of a home behind a service. Nothing of it is to be overridden."""

    def test_whichever_request_fails_every_row_is_read_once(
        self, source: HomeBench, script: FaultScript, fault: Fault
    ) -> None:
        source.fill(table(range(ROWS)))
        asked = request()
        for nth in range(1, self._requests(source, script, asked) + 1):
            script.arm(fault, nth)
            assert counted(_read(source, asked)) == counted(table(range(ROWS)))
            assert script.fired == 1, f"request {nth} was not made"

    def test_a_service_that_asks_for_a_pause_is_left_alone_for_it(
        self, source: HomeBench, script: FaultScript
    ) -> None:
        if "throttled" not in self.faults:
            pytest.skip("the service never asks for one")
        source.fill(table(range(ROWS)))
        asked = request()
        requests = self._requests(source, script, asked)
        for nth in sorted({1, (requests + 1) // 2, requests}):
            script.arm("throttled", nth, pause=PAUSE)
            assert counted(_read(source, asked)) == counted(table(range(ROWS)))
            assert (script.fired, script.early) == (1, 0), f"asked again before the {PAUSE} s had passed"

    def test_a_service_that_stays_away_is_told(
        self, source: HomeBench, script: FaultScript, fault: Fault
    ) -> None:
        source.fill(table(range(ROWS)))
        asked = request()
        for nth in range(1, self._requests(source, script, asked) + 1):
            script.arm(fault, nth, times=10_000)
            told = None
            try:
                rows = source.rows(asked)
            except HyggeError as error:
                told = error
            if told is None:  # what failed had no answer that could be cut short
                assert rows == counted(table(range(ROWS)))
            else:
                assert isinstance(told, TransientError), told
                assert told.remedy
                assert_untold(self.secrets, [said(told)])
        script.rest()
        assert source.rows(asked) == counted(table(range(ROWS)))

    def test_a_secret_that_is_refused_is_not_told(self, source: HomeBench, script: FaultScript) -> None:
        source.fill(table(range(ROWS)))
        asked = request()
        for nth in range(1, self._requests(source, script, asked) + 1):
            script.arm("refused", nth, times=10_000)
            with pytest.raises(HyggeError) as caught:
                source.rows(asked)
            assert script.fired, f"request {nth} was not made"
            assert_told(caught.value, self.secrets)

    def _requests(self, source: HomeBench, script: FaultScript, asked: ReadRequest) -> int:
        """How many requests a plan and its reading take."""
        script.rest()
        source.rows(asked)
        assert script.requests, "the service was asked nothing: does config lead to the script's service?"
        return script.requests


def _read(source: HomeBench, asked: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Plan and read as the engine does: a split is read again from its beginning."""
    plan = insist(lambda: source.home.plan(asked))
    parts = (insist(lambda: list(source.home.read(asked, split))) for split in plan.splits)  # noqa: B023  # at once
    return itertools.chain.from_iterable(parts)
