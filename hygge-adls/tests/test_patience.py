"""What may pass is asked again, as long and as patiently as said; what was lost is looked for."""

from __future__ import annotations

import contextlib
import errno
import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

from hygge.errors import TransientError
from hygge_adls.patience import Patience, doubts

PLACE = "abfss://lake@account/x"


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patience(clock: Clock) -> Patience:
    return Patience(total=60, clock=clock, wait=clock.wait)


def answer(status: int, code: str = "", headers: Mapping[str, str] | None = None) -> HttpResponseError:
    error = HttpResponseError(message=f"{code} happened")
    error.status_code, error.error_code = status, code  # type: ignore[attr-defined]  # as the SDK does
    error.response = SimpleNamespace(headers=dict(headers or {}))
    return error


class Call:
    """Raises what it is given, one after the other, then gives "done"."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.made = 0

    def __call__(self) -> str:
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.parametrize(
    "error",
    [
        *[answer(status) for status in (408, 429, 500, 502, 503, 504)],
        ServiceRequestError("refused"),
        ServiceResponseError("lost"),
    ],
    ids=str,
)
def test_what_may_pass_is_asked_again(patience: Patience, clock: Clock, error: Exception) -> None:
    assert patience.ask(Call(error, error), PLACE) == "done"
    assert len(clock.waits) == 2
    assert clock.waits[1] > 0


def test_pauses_double_up_to_the_longest(clock: Clock) -> None:
    patience = Patience(total=60, first=1, longest=9, clock=clock, wait=clock.wait)
    assert patience.ask(Call(*[answer(503)] * 6), PLACE) == "done"
    for pause, longest in zip(clock.waits, (1, 2, 4, 8, 9, 9), strict=True):
        assert longest / 2 <= pause <= longest


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(patience: Patience, clock: Clock, status: int) -> None:
    patience.ask(Call(answer(status, headers={"Retry-After": "7"})), PLACE)
    assert 7 <= clock.waits[0] <= 7.7


def test_to_be_asked_for_no_pause_is_not_to_be_let_ask_without_end(patience: Patience, clock: Clock) -> None:
    at_once = answer(503, headers={"Retry-After": "0"})
    with pytest.raises(TransientError):
        patience.ask(Call(*[at_once] * 1000), PLACE)
    assert len(clock.waits) < 30


def test_the_deadline_ends_the_patience_with_what_was_said(patience: Patience, clock: Clock) -> None:
    with pytest.raises(TransientError, match=r"within 60 s: ServerBusy happened") as caught:
        patience.ask(Call(*[answer(503, "ServerBusy")] * 1000), PLACE)
    assert clock.now <= 60
    assert PLACE in caught.value.message


def test_a_pause_beyond_the_deadline_is_not_waited_for(patience: Patience, clock: Clock) -> None:
    with pytest.raises(TransientError):
        patience.ask(Call(answer(429, headers={"Retry-After": "600"})), PLACE)
    assert clock.waits == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (answer(404, "PathNotFound"), FileNotFoundError),
        (answer(409, "PathAlreadyExists"), FileExistsError),
        (answer(409, "ResourceAlreadyExists"), FileExistsError),
        (answer(401, "NoAuthenticationInformation"), PermissionError),
        (answer(403, "AuthorizationPermissionMismatch"), PermissionError),
        (answer(412, "ConditionNotMet"), OSError),
        (answer(400, "InvalidHeaderValue"), OSError),
    ],
    ids=str,
)
def test_a_refusal_is_final_and_of_the_usual_kind(
    patience: Patience, clock: Clock, error: Exception, told: type[OSError]
) -> None:
    with pytest.raises(told) as caught:
        patience.ask(Call(error), PLACE)
    assert caught.value.filename == PLACE
    assert clock.waits == []


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [
        ("ConditionNotMet", errno.ESTALE, "it changed meanwhile"),
        ("SourceConditionNotMet", errno.ESTALE, "it changed meanwhile"),
        ("LeaseIdMissing", errno.EIO, "LeaseIdMissing happened"),
    ],
)
def test_a_condition_that_does_not_hold_is_told_apart_from_a_lease(
    patience: Patience, code: str, number: int, said: str
) -> None:
    with pytest.raises(OSError, match=said) as caught:
        patience.ask(Call(answer(412, code)), PLACE)
    assert caught.value.errno == number


def test_after_a_lost_answer_a_refusal_is_settled_by_looking(patience: Patience) -> None:
    lost, gone = ServiceResponseError("lost"), answer(404, "SourcePathNotFound")
    assert patience.ask(Call(lost, gone), PLACE, lambda: "was done") == "was done"
    with pytest.raises(FileNotFoundError):
        patience.ask(Call(lost, gone), PLACE, lambda: None)


def test_an_answer_stays_lost_whatever_is_said_in_between(patience: Patience) -> None:
    lost, throttled, gone = ServiceResponseError("lost"), answer(429), answer(404, "SourcePathNotFound")
    assert patience.ask(Call(lost, throttled, gone), PLACE, lambda: "was done") == "was done"


def test_nobody_looks_where_no_answer_was_lost(patience: Patience) -> None:
    def look() -> Any:
        raise AssertionError("there is nothing to look for")

    throttled, gone = answer(429), answer(404, "SourcePathNotFound")
    with pytest.raises(FileNotFoundError):
        patience.ask(Call(throttled, gone), PLACE, look)


def test_a_fault_of_our_own_is_not_taken_for_an_answer(patience: Patience, clock: Clock) -> None:
    def call() -> str:
        try:
            raise answer(503, "ServerBusy")
        except HttpResponseError:
            return str(None + "a slip")  # type: ignore[operator]

    with pytest.raises(TypeError):
        patience.ask(call, PLACE)
    assert clock.waits == []


def test_a_lost_answer_is_settled_also_where_the_patience_ends(patience: Patience) -> None:
    lost, later = ServiceResponseError("lost"), answer(429, headers={"Retry-After": "600"})
    assert patience.ask(Call(lost, later), PLACE, lambda: "was done") == "was done"
    with pytest.raises(TransientError):
        patience.ask(Call(lost, later), PLACE, lambda: None)


def test_whoever_asks_again_later_is_told_when(patience: Patience) -> None:
    with pytest.raises(TransientError) as caught:
        patience.ask(Call(answer(429, headers={"Retry-After": "600"})), PLACE)
    assert caught.value.retry_after == 600


@pytest.mark.parametrize("header", ["retry-after-ms", "x-ms-retry-after-ms"])
def test_a_pause_in_milliseconds_is_that_long(patience: Patience, clock: Clock, header: str) -> None:
    patience.ask(Call(answer(503, headers={header: "2500", "Retry-After": "30"})), PLACE)
    assert 2.5 <= clock.waits[0] <= 2.75


def test_what_was_said_is_one_line_without_the_ids_of_the_request(patience: Patience) -> None:
    error = answer(400, "InvalidInput")
    error.message = "\nInvalidInput: it is wrong. Trace ID: 12-34\nTime: now"
    with pytest.raises(OSError, match="it is wrong") as caught:
        patience.ask(Call(error), PLACE)
    assert caught.value.strerror == "InvalidInput: it is wrong."


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (ServiceResponseError("lost"), True),
        (answer(500), True),
        (answer(503), True),
        (answer(429), False),
        (answer(404, "PathNotFound"), False),
        (answer(409, "BlobAlreadyExists"), False),
    ],
)
def test_who_gives_a_request_up_that_may_come_late_can_be_told(
    patience: Patience, error: Exception, lost: bool
) -> None:
    """Also where asking again succeeds: the first one may still be on its way."""
    folder = f"abfss://lake@account/{uuid.uuid4()}"
    with contextlib.suppress(OSError):
        patience.ask(Call(error), f"{folder}/part")
    patience.ask(Call(), f"{folder}/part")
    assert doubts.about(folder) == lost
    assert not doubts.about(f"{folder}/other")
    assert not doubts.about(folder[:-1])
