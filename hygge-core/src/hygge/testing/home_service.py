"""Laws of a home behind a service: whichever request fails, no row is lost, doubled or made up.

Hooked up as `hygge.testing.store_service` says, with a fixture ``script``.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import ClassVar

import pytest

from hygge.errors import HyggeError, TransientError
from hygge.model import ReadRequest
from hygge.testing.canaries import assert_untold, said
from hygge.testing.faults import FAULTS, Fault, FaultScript
from hygge.testing.home_bench import HomeBench, HomeLaws, request
from hygge.testing.store_service import insist
from hygge.testing.values import counted, table

__all__ = ["HomeServiceConformance"]

ROWS = 40


class HomeServiceConformance(HomeLaws):
    """The faults of a network and of what is behind it, one request at a time."""

    faults: ClassVar[Sequence[Fault]] = FAULTS
    """Ways in which the service can fail."""

    @pytest.fixture
    def script(self) -> FaultScript:
        """What the service behind `config` asks at each request."""
        raise NotImplementedError("return the fault script of the service that config leads to")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        super().pytest_generate_tests(metafunc)
        if "fault" in metafunc.fixturenames:
            metafunc.parametrize("fault", list(self.faults))

    # -- from here on nothing is to be overridden ------------------------------------------------

    def test_whichever_request_fails_every_row_is_read_once(
        self, source: HomeBench, script: FaultScript, fault: Fault
    ) -> None:
        source.fill(table(range(ROWS)))
        asked = request()
        for nth in range(1, self._requests(source, script, asked) + 1):
            script.arm(fault, nth)
            plan = insist(lambda: source.home.plan(asked))
            read = functools.partial(source.home.read, asked)
            parts = [insist(lambda: list(read(split))) for split in plan.splits]  # noqa: B023  # called at once
            batches = itertools.chain.from_iterable(parts)
            assert script.fired == 1, f"request {nth} was not made"
            assert counted(batches) == counted(table(range(ROWS)))

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

    def _requests(self, source: HomeBench, script: FaultScript, asked: ReadRequest) -> int:
        """How many requests a plan and its reading take."""
        script.rest()
        source.rows(asked)
        assert script.requests, "the service was asked nothing: does config lead to the script's service?"
        return script.requests
