"""What a store has not promised is refused before anything is written."""

from __future__ import annotations

import pytest

from hygge.capabilities import StoreCapabilities
from hygge.engine.promises import refuse_unpromised
from hygge.errors import Refused
from hygge.model import Mode


def refuse(promised: StoreCapabilities, mode: Mode = "upsert", *, operations: bool = False) -> None:
    refuse_unpromised(promised, mode, ["id", "twelve_chars"], "f.e", operations=operations)


def test_deletes_are_refused_where_they_would_not_be_applied() -> None:
    with pytest.raises(Refused, match="cannot delete rows") as caught:
        refuse(StoreCapabilities(), operations=True)
    assert caught.value.code == "HYG405"


@pytest.mark.parametrize(
    ("mode", "deletes"), [("upsert", True), ("append", False), ("append", True), ("replace", False)]
)
def test_operations_are_applied_or_kept_as_data(mode: Mode, deletes: bool) -> None:
    refuse(StoreCapabilities(deletes=deletes), mode, operations=True)


def test_a_name_as_long_as_the_limit_is_taken_and_a_longer_one_named() -> None:
    refuse(StoreCapabilities(identifier_limit=12))
    with pytest.raises(Refused, match="11 characters at most; longer: twelve_chars"):
        refuse(StoreCapabilities(identifier_limit=11))
