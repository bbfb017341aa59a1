"""Backfills: what is missing comes, what is there stays once, and the watermark does not move."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hygge
from hygge.errors import ConfigurationError
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal

BY_KEY = "run_type: incremental\nwatermark: {column: at}\nkeys: [id]\n"
BY_ROW = "run_type: incremental\nwatermark: {column: at, lookback: 3}\n"


def rows(*ids: int) -> list[tuple[int, int, str]]:
    return [(n, n, f"row {n}") for n in ids]


@pytest.mark.parametrize("flow", [BY_KEY, BY_ROW])
def test_late_rows_of_a_window_are_added_and_no_other_is_doubled(bench: Any, flow: str) -> None:
    bench.flow(flow)
    bench.source.rows = rows(*range(10, 30))
    bench.one()
    bench.source.rows += [(100, 12, "late"), (101, 28, "late, too"), (102, 5, "out")]
    result = bench.one(from_="10", to="28")
    assert (result.status, result.rows_written) == ("success", 2)
    assert result.watermark["upper"] == "29"
    assert bench.landed() == Counter([r for r in bench.source.rows if r[0] != 102])
    assert bench.one(from_="10").status == "skipped"
    bench.source.rows += rows(40)
    assert bench.one().rows_written == 1
    assert bench.landed() == Counter([r for r in bench.source.rows if r[0] != 102])


def test_rows_without_keys_are_counted_so_that_a_new_twin_still_comes(bench: Any) -> None:
    bench.flow(BY_ROW)
    bench.source.rows = [(1, 1, "x"), (1, 1, "x"), (2, 9, "y")]
    bench.one()
    bench.source.rows.append((1, 1, "x"))
    assert bench.one(to="5").rows_written == 1
    assert bench.one(to="5").status == "skipped"
    assert bench.landed() == Counter(bench.source.rows)


def test_a_twin_of_a_row_that_a_backfill_found_there_still_comes_with_the_next_run(bench: Any) -> None:
    bench.flow(BY_ROW)
    bench.source.rows = rows(1, 2, 3, 4, 5)
    bench.one()
    bench.source.rows.append((9, 1, "late"))
    assert bench.one(from_="1").rows_written == 1
    bench.source.rows += rows(5)
    assert bench.one().rows_written == 1
    assert bench.landed() == Counter(bench.source.rows)


@pytest.mark.parametrize("flow", [BY_KEY, BY_ROW])
def test_what_a_backfill_adds_at_the_watermark_is_not_new_to_the_next_run(bench: Any, flow: str) -> None:
    bench.flow(flow)
    bench.source.rows = rows(1, 2, 3)
    bench.one()
    bench.source.rows.append((9, 3, "late"))
    assert bench.one(from_="3", to="3").rows_written == 1
    assert bench.one().status == "skipped"
    assert bench.landed() == Counter(bench.source.rows)


def test_a_backfill_knows_of_rows_without_a_value_what_the_last_run_knew(bench: Any) -> None:
    nulls = "run_type: incremental\nkeys: [id]\nwatermark: {column: at, nulls: %s}\n"
    bench.flow(nulls % "skip")
    bench.source.rows = [*rows(1, 2), (7, None, "without")]
    bench.one(run_type="full_drop")
    bench.source.rows.append((8, 1, "late"))
    assert bench.one(from_="1", to="2").rows_written == 1
    bench.flow(nulls % "include")
    bench.one()
    assert bench.landed() == Counter(bench.source.rows)


def test_polish_does_not_hide_what_is_there(bench: Any) -> None:
    bench.flow(
        BY_ROW + "polish: {hash: [note], rename: {at: When, id: Key}, timestamps: [loaded_at], "
        "constants: [{name: c, value: 1}]}\n"
    )
    bench.source.rows = rows(*range(20))
    bench.one()
    assert bench.one(from_="0").status == "skipped"
    bench.source.rows.append((77, 3, "late"))
    assert bench.one(from_="0").rows_written == 1


def test_a_backfill_reads_nothing_above_the_watermark(bench: Any) -> None:
    bench.flow(BY_KEY)
    bench.source.rows = rows(*range(10))
    bench.one()
    bench.source.rows += rows(50)
    assert bench.one(from_="0", to="99").status == "skipped"
    assert bench.one().rows_written == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"from_": "7", "to": "3"}, "is empty"),
        ({"from_": "soon"}, "is no value of the watermark's type int64"),
    ],
)
def test_a_window_that_cannot_be_is_refused(bench: Any, options: dict[str, str], said: str) -> None:
    bench.flow(BY_KEY)
    bench.source.rows = rows(*range(10))
    bench.one()
    assert said in bench.one(**options).error["message"]


def test_a_backfill_completes_and_does_not_begin(bench: Any) -> None:
    bench.flow(BY_KEY)
    bench.source.rows = rows(1)
    assert bench.one(from_="0").error["code"] == "HYG407"
    with pytest.raises(ConfigurationError, match="contradict"):
        bench.one(from_="0", run_type="full_drop")
    bench.flow("")
    with pytest.raises(ConfigurationError, match="no watermark"):
        bench.one(from_="0")


def test_a_backfill_of_a_flow_of_full_drops_adds_and_replaces_nothing(bench: Any) -> None:
    bench.flow("watermark: {column: at, lookback: 3}\n")
    bench.source.rows = rows(*range(10))
    bench.one()
    bench.source.rows = [(77, 5, "late"), *rows(9)]
    result = bench.one(from_="4", to="6")
    assert (result.mode, result.rows_written) == ("append", 1)
    assert bench.landed() == Counter([(77, 5, "late"), *rows(*range(10))])


def test_a_window_reaches_as_far_as_was_asked_for_and_no_further(bench: Any) -> None:
    """The home fixes the upper end at its greatest value, which lies above."""
    bench.flow(BY_KEY)
    bench.source.rows = rows(*range(10))
    bench.one()
    bench.source.rows += [(77, 5, "late"), (78, 7, "too late")]
    result = bench.one(to="6")
    assert (result.rows_read, result.rows_written) == (7 + 1, 1)
    row = next(iter(FileJournal(LocalFileSystem(bench.root / ".hygge_journal"), "reader", {}).rows()))
    assert (row.watermark_lower, row.watermark_upper, result.watermark["upper"]) == (None, "9", "9")
    assert bench.landed() == Counter([(77, 5, "late"), *rows(*range(10))])


def test_where_no_row_had_a_value_there_is_nothing_to_complete(bench: Any) -> None:
    bench.flow("run_type: incremental\nkeys: [id]\nwatermark: {column: at, nulls: include}\n")
    bench.source.rows = [(1, None, "without")]
    assert bench.one().status == "success"
    error = bench.one(from_="0").error
    assert error["code"] == "HYG407"
    assert "nothing to complete" in error["message"]


@pytest.mark.parametrize(
    ("polish", "type", "said"),
    [
        ("polish: {cast: {at: string}}\n", "parquet", "polish changes the watermark 'at'"),
        ("polish: {drop: [at]}\n", "parquet", "polish leaves out the watermark 'at'"),
        ("", "distant", "store type 'distant' gives no rows back"),
    ],
)
def test_where_it_cannot_be_told_what_is_there_nothing_is_added(
    bench: Any, polish: str, type: str, said: str
) -> None:
    bench.flow(BY_KEY + polish, type=type)
    bench.source.rows = rows(1, 2)
    bench.one()
    error = bench.one(from_="1").error
    assert error["code"] == "HYG405"
    assert said in error["message"]


def test_a_key_that_polish_drops_tells_no_rows_apart(bench: Any) -> None:
    """Of two keys the store sees one: what is told apart is told by all that it sees."""
    bench.flow(BY_KEY.replace("[id]", "[id, at]") + "polish: {drop: [id]}\n")
    bench.source.rows = [(1, 5, "a")]
    bench.one()
    bench.source.rows.insert(0, (2, 5, "b"))
    assert bench.one(from_="5", to="5").rows_written == 1
    assert bench.landed() == Counter([(5, "a"), (5, "b")])
    assert bench.one(from_="5", to="5").status == "skipped"


def test_a_watermark_that_is_a_key_too_is_told_once(bench: Any) -> None:
    bench.flow(BY_KEY.replace("[id]", "[at, id]"))
    bench.source.rows = rows(1, 2)
    bench.one()
    bench.source.rows.append((9, 1, "late"))
    assert bench.one(from_="1").rows_written == 1
    assert bench.landed() == Counter(bench.source.rows)


def test_what_others_put_into_the_folder_is_not_asked_what_is_there(bench: Any) -> None:
    bench.flow(BY_KEY)
    bench.source.rows = rows(1, 2, 9)
    bench.one()
    folder = bench.root / "out" / "f"
    (folder / "_SUCCESS").touch()
    (folder / ".part.parquet.crc").write_bytes(b"crc")
    (folder / "part-20240101T000000-0123456789-all-0001.parquet").mkdir()
    pq.write_table(pa.table({"id": [5], "at": [5], "note": ["theirs"]}), folder / "theirs.parquet")
    bench.source.rows += rows(5)
    assert bench.one(from_="1").rows_written == 1
    assert bench.one(from_="1").status == "skipped"


@pytest.mark.parametrize(
    ("first", "last", "late"), [("2024-05-01", "2024-05-01", 1), ("2024-05-01", "2024-05-02", 2)]
)
def test_a_day_is_meant_from_its_beginning_to_its_end(
    tmp_path: Path, first: str, last: str, late: int
) -> None:
    def write(*hours: tuple[int, int]) -> None:
        moments = pa.array([datetime(2024, 5, day, hour) for day, hour in hours], pa.timestamp("us"))
        pq.write_table(pa.table({"id": [str(one) for one in hours], "at": moments}), tmp_path / "in.parquet")

    (tmp_path / "flows").mkdir()
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    home = "home: {type: parquet, path: in.parquet}\nstore: {type: parquet, path: out}\nentities: [t]\n"
    (tmp_path / "flows" / "f.yml").write_text(home + BY_KEY)
    write((1, 12), (4, 0))
    assert hygge.run(tmp_path).status == "success"
    write((1, 12), (4, 0), (1, 23), (2, 23), (3, 0))
    (entity,) = hygge.run(tmp_path, from_=first, to=last).entities
    assert entity.rows_written == late
