"""Errors cross processes whole, and tell whoever started hygge what kind they are."""

from __future__ import annotations

import pickle

import pytest

from hygge.errors import (
    ConfigurationError,
    DataError,
    HyggeError,
    LeaseHeld,
    MissingConnector,
    Refused,
    TransientError,
)


@pytest.mark.parametrize("kind", [HyggeError, DataError, Refused, LeaseHeld, TransientError])
def test_an_error_of_another_process_is_the_same_here(kind: type[HyggeError]) -> None:
    error = kind("what", code="HYG307", remedy="do this", retry_after=7, row=3)
    found = pickle.loads(pickle.dumps(error))
    assert type(found) is kind
    assert (found.message, found.code, found.remedy) == ("what", "HYG307", "do this")
    assert found.details == {"retry_after": 7, "row": 3}
    assert str(found) == "what\n  do this"


def test_a_service_that_asked_for_nothing_is_asked_again_at_once() -> None:
    assert TransientError("busy").retry_after == 0
    assert TransientError("busy", retry_after=2.5).retry_after == 2.5


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (HyggeError, "HYG600", 1),
        (DataError, "HYG301", 1),
        (ConfigurationError, "HYG100", 2),
        (MissingConnector, "HYG201", 3),
        (LeaseHeld, "HYG501", 75),
    ],
)
def test_each_kind_has_its_code_and_exit_code(error: type[HyggeError], code: str, exit_code: int) -> None:
    assert (error("what").code, error.exit_code) == (code, exit_code)
