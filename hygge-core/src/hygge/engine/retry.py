"""Try again what may succeed later: with growing pauses and jitter, until the stop switch is set."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from hygge.errors import LeaseHeld, TransientError

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from hygge.engine.stop import Stop

__all__ = ["retrying"]

T = TypeVar("T")
log = logging.getLogger("hygge")

ATTEMPTS = 5
LONGEST_PAUSE = 30.0  # seconds, of its own accord
LONGEST_ASKED = 300.0  # seconds; a service that asks for more is not waited for


def retrying(call: Callable[[], T], stop: Stop, what: str) -> T:
    """The result of ``call``, which is made again after a `TransientError`, five times at most.

    A service that asked to be left alone for some time is not asked earlier.
    """
    try:
        return call()
    except LeaseHeld:
        raise
    except TransientError as error:
        return _again(error, call, stop, what)


def _again(first: TransientError, call: Callable[[], T], stop: Stop, what: str) -> T:
    """What came of the attempts after the ``first``, which failed like this."""
    import tenacity  # most runs never need it, and a small one would notice

    failed = [first]

    def attempt() -> T:
        if failed:
            raise failed.pop()
        return call()

    def announce(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.warning("%s: attempt %d failed, trying again: %s", what, state.attempt_number, error)

    def pause(seconds: float) -> None:
        stop.wait(seconds)
        stop.check()

    jitter = tenacity.wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE)

    def due(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(jitter(state), error.retry_after if isinstance(error, TransientError) else 0)

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(_may_pass),
        wait=due,
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        sleep=pause,
        before_sleep=announce,
        reraise=True,
    )(attempt)


def _may_pass(error: BaseException) -> bool:
    """Whether another attempt may succeed soon enough; a held lease has a patience of its own."""
    if not isinstance(error, TransientError) or isinstance(error, LeaseHeld):
        return False
    return error.retry_after <= LONGEST_ASKED
