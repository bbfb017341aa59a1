"""What the laws of everything behind a service share: how it fails, and the script that says when."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

import pytest

from hygge.errors import HyggeError, TransientError
from hygge.testing.canaries import assert_sendable, assert_untold, said
from hygge.testing.faults import FAULTS, Fault, FaultScript
from hygge.testing.gaps import Laws

__all__ = ["ATTEMPTS", "PAUSE", "ServiceLaws", "assert_told", "insist"]

T = TypeVar("T")
ATTEMPTS = 5  # as many as the engine makes
PAUSE = 1  # seconds that a service asks for


class ServiceLaws(Laws):
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


def assert_told(error: HyggeError, secrets: Sequence[str]) -> None:
    """Raise `AssertionError` unless the error says what to do next, can be sent, and tells no secret."""
    assert error.remedy, f"it says no next step: {error}"
    assert_sendable(error)
    assert_untold(secrets, [said(error)])


def insist(call: Callable[[], T], attempts: int = ATTEMPTS) -> T:
    """The result of a call that is made again after a `TransientError`, as often as the engine does."""
    for _ in range(attempts - 1):
        try:
            return call()
        except TransientError as error:
            time.sleep(error.retry_after)
    return call()
