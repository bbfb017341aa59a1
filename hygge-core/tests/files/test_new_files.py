"""Files as a position: what is new, what changed since it was read, and what changes meanwhile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from hygge.errors import DataError, HyggeError
from hygge.model import ReadRequest

if TYPE_CHECKING:
    from parquet_source import Source


def test_new_files_are_what_is_new_and_the_position_says_so(source: Source) -> None:
    source.put("a.parquet", n=[1])
    first = source.plan()
    source.put("b.parquet", n=[2])
    found = source.read(position=first.position)
    assert found["n"].to_pylist() == [2]
    second = source.plan(position=first.position)
    assert source.plan(position=second.position).position == second.position
    assert source.read(position=second.position).num_rows == 0
    (source.root / "a.parquet").rename(source.root / "_a")
    third = source.plan(position=second.position)
    assert source.read(position=third.position).num_rows == 0
    (source.root / "_a").rename(source.root / "a.parquet")
    assert source.read(position=third.position).num_rows == 0


def test_a_file_that_was_away_and_came_back_otherwise_has_changed(source: Source) -> None:
    source.put("a.parquet", n=[1])
    source.put("b.parquet", n=[2])
    first = source.plan()
    (source.root / "a.parquet").unlink()
    second = source.plan(position=first.position)
    source.put("a.parquet", n=[1, 3])
    with pytest.raises(DataError, match="changed after it was read"):
        source.plan(position=second.position)


def test_files_are_known_where_the_path_is_written_otherwise(source: Source) -> None:
    source.put("sales orders=ü/a.parquet", n=[1])
    wide = source.plan("*/*")
    assert source.read("sales orders=ü", position=wide.position).num_rows == 0


def test_a_link_that_leads_nowhere_is_not_passed_over(source: Source) -> None:
    source.put("a.parquet", n=[1])
    (source.root / "b.parquet").symlink_to(source.root / "nowhere")
    with pytest.raises(HyggeError):
        source.read()


def test_a_file_and_a_folder_may_have_any_name_that_ends_in_tmp(source: Source) -> None:
    (source.root / "k=a.tmp").mkdir(parents=True)
    source.put("k=a.tmp/1.parquet", n=[1])
    assert source.read()["k"].to_pylist() == ["a.tmp"]


def test_a_position_of_many_files_is_kept_small(source: Source) -> None:
    for n in range(300):
        source.put(f"part-{n:05d}.parquet", n=[n])
    position = source.plan().position
    assert position is not None
    assert len(position) < 300 * 30
    assert source.read(position=position).num_rows == 0


def test_a_file_that_changed_after_it_was_read_is_an_error_or_read_again(source: Source) -> None:
    source.put("a.parquet", n=[1])
    position = source.plan().position
    source.put("a.parquet", n=[1, 2])
    with pytest.raises(DataError, match="changed after it was read") as caught:
        source.plan(position=position)
    assert caught.value.code == "HYG307"
    plan = source.plan(config={"changed": "reread"}, position=position)
    assert plan.repeats
    assert plan.warnings == (
        "1 file changed, read again as a whole; rows that left such a file stay in the store, and those "
        "in it take the place of rows with the same keys that came later from other files",
    )
    assert source.read(config={"changed": "reread"}, position=position)["n"].to_pylist() == [1, 2]


@pytest.mark.parametrize("change", ["grow", "touch", "remove"])
def test_a_file_that_changes_between_plan_and_reading_is_an_error(source: Source, change: str) -> None:
    source.put("a.parquet", n=[1])
    home, request = source.home(), ReadRequest(entity="t")
    plan = home.plan(request)
    if change == "grow":
        source.put("a.parquet", n=[1, 2])
    elif change == "touch":
        os.utime(source.root / "a.parquet", ns=(1, 1))
    else:
        (source.root / "a.parquet").unlink()
    with pytest.raises(HyggeError) as caught:
        list(home.read(request, plan.splits[0]))
    assert caught.value.code == "HYG307"


def test_a_file_that_is_replaced_while_it_is_read_is_an_error(source: Source) -> None:
    source.put("a.parquet", n=list(range(10)))
    home, request = source.home(), ReadRequest(entity="t", batch_rows=3)
    plan = home.plan(request)
    batches = home.read(request, plan.splits[0])
    next(batches)
    source.put("a.parquet", n=list(range(9)))
    with pytest.raises(HyggeError) as caught:
        list(batches)
    assert caught.value.code in ("HYG307", "HYG300")
