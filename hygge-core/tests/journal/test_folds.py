"""Folding loses and doubles nothing, whenever it ends and whoever reads meanwhile."""

from __future__ import annotations

import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from journal_place import Place, committed, receipt

from hygge.errors import HyggeError
from hygge.failpoints import arm


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("point", ["journal.snapshot", "journal.folded", "journal.segment_removed"])
def test_a_fold_that_breaks_off_loses_and_doubles_nothing(place: Place, closed: bool, point: str) -> None:
    place.run("r1", 1, 2, close=closed)
    place.run("r2", 3, close=closed)
    arm(f"raise:{point}")
    try:
        with place.open("r3").lease("f"), pytest.raises(HyggeError):
            place.opened[-1].fold(force=True)
    finally:
        arm("")
    assert place.told() == (3, [3, 2, 1])
    place.run("r4", 4, fold=True)
    assert place.told() == (4, [4, 3, 2, 1])


def test_whoever_has_read_a_part_of_a_segment_finds_the_rest_where_a_fold_put_it(place: Place) -> None:
    writing, reader = place.open("r1"), place.open("reader")
    with writing.lease("f"):
        writing.append([committed(1, "r1")])
        assert reader.heads("f")["e"].receipt == receipt(1)
        writing.append([committed(2, "r1")])
    writing.close()
    place.open("r2").fold(force=True)
    assert not place.segment("r1").exists()
    assert reader.heads("f")["e"].receipt == receipt(2)


@pytest.mark.parametrize("closed", [True, False])
def test_a_fold_loses_and_doubles_nothing(place: Place, closed: bool) -> None:
    place.run("r1", 1, 2, close=closed)
    place.run("r2", 3, close=closed)
    place.run("r3", 4, fold=True)
    assert place.last() == 4
    assert place.rows() == [4, 3, 2, 1]
    assert not place.segment("r1").exists()
    place.run("r4", 5, fold=True)
    assert place.rows() == [5, 4, 3, 2, 1]
    assert pq.read_table(place.root / "journal.parquet").num_rows == 4


def test_a_fold_leaves_the_segment_of_a_run_that_lives(place: Place) -> None:
    living = place.open("living")
    living.append([committed(1, "living")])
    place.run("other", 2, fold=True)
    living.append([committed(3, "living")])
    assert place.segment("living").exists()
    assert sorted(place.rows()) == [1, 2, 3]


@pytest.mark.parametrize(
    "point",
    [
        "journal.snapshot",
        "journal.folded",
        "journal.checkpoint",
        "journal.checkpointed",
        "journal.segment_removed",
    ],
)
def test_a_process_killed_while_folding_loses_and_doubles_nothing(place: Place, point: str) -> None:
    place.run("r1", 1)
    place.run("r2", 2)
    code = (
        "from hygge.files.local import LocalFileSystem\nfrom hygge.journal import FileJournal\n"
        f"FileJournal(LocalFileSystem({str(place.root)!r}), 'r3', {{}}).fold(force=True)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code], env={"HYGGE_FAILPOINT": f"kill:{point}"}, check=False
    )
    assert killed.returncode == -9
    assert place.last() == 2
    assert place.rows() == [2, 1]
    place.run("r4", 3, fold=True)
    assert place.rows() == [3, 2, 1]
    assert [p.name for p in place.root.iterdir() if "new" in p.name or "tmp" in p.name] == []


@pytest.mark.parametrize("fold", [False, True])
def test_a_snapshot_of_an_older_version_is_read_and_folded_into(place: Place, fold: bool) -> None:
    place.run("r1", 1)
    place.run("r2", 2, fold=True)
    file = place.root / "journal.parquet"
    pq.write_table(pq.read_table(file).drop_columns("asked"), file)
    if fold:
        place.run("r3", 3)
        place.run("r4", 4, fold=True)
    assert place.rows() == ([4, 3, 2, 1] if fold else [2, 1])
    assert {row.asked for row in place.open("reader").rows()} == {""}
