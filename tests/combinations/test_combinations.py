"""Every home with every store: full and incremental, every type at its extremes, as multisets."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

KINDS = ("sqlite", "parquet", "csv", "ndjson")
PAIRS = list(itertools.product(KINDS, KINDS))
INCREMENTAL = {
    "run_type": "incremental",
    "watermark": {"column": "at", "lookback": "2s"},
    "keys": ["id"],
}


def chain(world: Any, source: str, target: str, **more: object) -> None:
    """Flows from the origin to a source of this kind, from there to the target, and back to Parquet."""
    world.signed_zero = "sqlite" not in (source, target)
    origin = {"type": "parquet", "path": "origin"}
    world.flow("a", origin, world.store(source, "source"), **more)
    world.flow("b", world.home(source, "source"), world.store(target, "target"), **more)
    world.flow("c", world.home(target, "target"), {"type": "parquet", "path": "end"}, **more)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_full_load_gives_the_same_rows_and_so_does_a_second(world: Any, source: str, target: str) -> None:
    chain(world, source, target)
    for count in (9, 4):
        world.grow(count)
        for flow in "abc":
            assert world.run(flow).verdict == "verified"
        assert world.found("end") == world.expected()


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_three_increments_with_ties_lose_and_double_nothing(world: Any, source: str, target: str) -> None:
    chain(world, source, target, **INCREMENTAL)
    for count in (7, 5, 0, 8):
        if count:
            world.grow(count)
        for flow in "abc":
            status = world.run(flow).status
            assert status == "success" or not count, "an upsert takes the rows of the lookback again"
        assert world.found("end") == world.expected()
    assert list(world.leftovers()) == []


@pytest.mark.parametrize("more", [{}, INCREMENTAL], ids=["full", "incremental"])
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_source_without_rows_moves_in_every_mode(
    world: Any, source: str, target: str, more: dict[str, Any]
) -> None:
    chain(world, source, target, **more)
    for count in (0, 0, 3, 0):
        world.grow(count)
        for flow in "abc":
            world.run(flow)
        assert world.found("end") == world.expected()
