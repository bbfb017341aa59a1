"""What may succeed later is tried again: five times in all, with pauses that end with the run."""

from __future__ import annotations

import pytest

from hygge.engine.retry import ATTEMPTS, retrying
from hygge.engine.stop import Stop
from hygge.errors import LeaseHeld, RunStopped, StopEntity, TransientError


class Impatient(Stop):
    """A stop switch nobody waits at; counts the pauses."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, seconds: float) -> None:
        self.pauses.append(seconds)


class Call:
    """Fails as often as it is told, then gives its number."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.made = failures, error, 0

    def __call__(self) -> int:
        self.made += 1
        if self.made <= self.failures:
            raise self.error
        return self.made


@pytest.mark.parametrize("failures", range(ATTEMPTS))
def test_a_call_succeeds_after_fewer_failures_than_attempts(failures: int) -> None:
    stop, call = Impatient(), Call(failures, TransientError("busy"))
    assert retrying(call, stop, "f.e") == failures + 1
    assert len(stop.pauses) == failures


def test_the_last_attempt_tells_its_error() -> None:
    call = Call(ATTEMPTS, TransientError("busy"))
    with pytest.raises(TransientError, match="busy"):
        retrying(call, Impatient(), "f.e")
    assert call.made == ATTEMPTS


@pytest.mark.parametrize("error", [LeaseHeld("held"), StopEntity("over"), ValueError("a bug")])
def test_what_will_not_pass_is_told_at_once(error: Exception) -> None:
    call = Call(1, error)
    with pytest.raises(type(error)):
        retrying(call, Impatient(), "f.e")
    assert call.made == 1


def test_a_run_that_stops_makes_no_further_attempt() -> None:
    stop, call = Stop(), Call(9, TransientError("busy"))
    stop.set("stopped")
    with pytest.raises(RunStopped):
        retrying(call, stop, "f.e")
    assert call.made == 1


def test_a_service_that_asks_for_a_pause_is_not_asked_earlier() -> None:
    stop, call = Impatient(), Call(2, TransientError("busy", retry_after=47))
    assert retrying(call, stop, "f.e") == 3
    assert stop.pauses == [47, 47]


def test_a_service_that_asks_for_too_long_a_pause_is_not_waited_for() -> None:
    stop, call = Impatient(), Call(1, TransientError("busy", retry_after=3600))
    with pytest.raises(TransientError, match="busy"):
        retrying(call, stop, "f.e")
    assert stop.pauses == []


def test_a_lease_that_is_held_after_another_error_is_told_at_once() -> None:
    errors: list[Exception] = [TransientError("busy"), LeaseHeld("held")]
    stop = Impatient()

    def call() -> None:
        raise errors.pop(0)

    with pytest.raises(LeaseHeld):
        retrying(call, stop, "f.e")
    assert len(stop.pauses) == 1
