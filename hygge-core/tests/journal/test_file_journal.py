"""The laws of the journal on files that are its own: damage, order, folding, groups."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygge.errors import HyggeError, JournalDamaged, LeaseHeld
from hygge.failpoints import arm
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.journal.heads import advance
from hygge.journal.segment import Header, read_segment
from hygge.journal.writer import SegmentWriter
from hygge.model import Entry, Head, Receipt, Row

AT = "2026-01-01T00:00:00.000+00:00"


def receipt(number: int, entity: str = "e") -> Receipt:
    return Receipt(
        job_id=f"job-{number}", number=number, base=None, flow="f", entity=entity, source_identity="s",
        target_identity="t", run_type="full_drop", mode="replace", rows=number, bytes=1, schema="",
        committed_at=AT,
    )  # fmt: skip


def row(number: int, run_id: str, entity: str = "e") -> Row:
    return Row(
        entity_run_id=f"job-{number}", run_id=run_id, project="p", flow="f", entity=entity, home_type="h",
        store_type="s", source_identity="s", target_identity="t", run_type="full_drop", mode="replace",
        status="success", started_at=AT, finished_at=AT, rows_read=number, watermark_upper=str(number),
    )  # fmt: skip


def committed(number: int, run_id: str, entity: str = "e") -> Entry:
    return Entry(
        kind="committed", at=AT, run_id=run_id, flow="f", entity=entity, job_id=f"job-{number}",
        receipt=receipt(number, entity), row=row(number, run_id, entity),
    )  # fmt: skip


class Place:
    """A folder with a journal, opened as one run after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = LocalFileSystem(root)
        self.opened: list[FileJournal] = []

    def open(self, run_id: str) -> FileJournal:
        self.opened.append(FileJournal(self.files, run_id, {"pid": "1"}))
        return self.opened[-1]

    def end(self) -> None:
        """The end of a process that closed nothing: only its file handles go."""
        for journal in self.opened:
            if journal._writer._stream is not None:
                journal._writer._stream.close()

    def run(self, run_id: str, *numbers: int, fold: bool = False, close: bool = True) -> None:
        journal = self.open(run_id)
        with journal.lease("f"):
            for number in numbers:
                journal.append([committed(number, run_id)])
            if fold:
                journal.fold(force=True)
        if close:
            journal.close()

    def last(self) -> int:
        head = self.open("reader").heads("f").get("e", Head())
        return head.receipt.number if head.receipt else 0

    def rows(self) -> list[int]:
        return [r.rows_read for r in self.open("reader").rows()]

    def told(self) -> tuple[int, list[int]] | str:
        """Heads and rows, or what is told of the damage."""
        try:
            return self.last(), self.rows()
        except JournalDamaged as error:
            return f"{error.message}: {error.remedy}"

    def segment(self, run_id: str) -> Path:
        return self.root / "log" / f"{run_id}.jsonl"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path / "journal")
    yield found
    found.end()


def test_opening_and_reading_touch_nothing(place: Place) -> None:
    assert place.last() == 0
    assert place.rows() == []
    assert not place.root.exists()


def test_the_newest_run_counts_although_its_clock_was_set_back(place: Place) -> None:
    place.run("20260102T000000-aaaaaaaaaa", 1)
    place.run("20250101T000000-bbbbbbbbbb", 2)
    place.run("20240101T000000-cccccccccc", 3)
    assert place.last() == 3
    assert place.rows() == [3, 2, 1]


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


def test_a_segment_cut_at_any_byte_keeps_what_was_acknowledged_before(place: Place) -> None:
    place.run("r1", 1, 2, 3, close=False)
    whole = place.segment("r1").read_bytes()
    ends = [n for n, byte in enumerate(whole) if byte == 10]
    for cut in range(len(whole)):
        place.segment("r1").write_bytes(whole[:cut])
        complete = sum(end < cut for end in ends)
        assert place.last() == max(0, complete - 1)  # the first line is the header


def test_an_emptied_segment_is_named_until_a_run_has_taken_note(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.run("r1", 1)
    place.segment("r1").write_bytes(b"")
    assert place.last() == 0
    (said,) = caplog.messages
    assert "log/r1.jsonl: it is empty" in said
    journal = place.open("r2")
    with journal.lease("f"):
        journal.append([committed(2, "r2")])
        journal.fold()
    caplog.clear()
    assert place.last() == 2
    assert caplog.messages == []


def test_a_segment_that_lost_its_end_while_it_was_read_is_named(place: Place) -> None:
    place.run("r1", 1)
    known = read_segment(place.files, "r1.jsonl").covered
    with open(place.segment("r1"), "r+b") as file:
        file.truncate(known.end - 10)
    with pytest.raises(JournalDamaged, match=f"it had {known.end} bytes and has {known.end - 10}"):
        read_segment(place.files, "r1.jsonl", known)


def test_a_tail_of_zeros_is_what_a_power_cut_leaves(place: Place) -> None:
    place.run("r1", 1, close=False)
    with open(place.segment("r1"), "ab") as file:
        file.write(bytes(500))
    assert place.last() == 1


def test_a_changed_byte_is_refused_or_changes_nothing(place: Place) -> None:
    place.run("r1", 1, close=False)
    whole = place.segment("r1").read_bytes()
    for at in range(len(whole)):
        place.segment("r1").write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        if at == len(whole) - 1:
            assert place.last() == 0  # the last line has lost its end, as in a crash
            continue
        with pytest.raises(JournalDamaged) as caught:
            place.last()
        assert "r1.jsonl" in caught.value.message
        assert caught.value.remedy


@pytest.mark.parametrize("name", ["heads.json", "journal.parquet", "log/r3.jsonl"])
def test_whichever_bit_flips_the_file_is_named_or_nothing_changes(place: Place, name: str) -> None:
    place.run("r1", 1)
    place.run("r2", 2, fold=True)
    place.run("r3", 3, close=False)
    told = place.told()
    whole = (place.root / name).read_bytes()
    bits = 8 * (len(whole) - 1)  # without the last line break, which a crash may have taken
    for flip in range(0, bits, bits // 3_000 | 1):  # an odd step: every bit of a byte has its turn
        spoilt = bytearray(whole)
        spoilt[flip // 8] ^= 1 << flip % 8
        (place.root / name).write_bytes(spoilt)
        found = place.told()
        assert found == told or Path(name).name in str(found), flip


@pytest.mark.parametrize("name", ["heads.json", "journal.parquet"])
def test_a_checkpoint_or_a_history_cut_at_any_byte_is_named(place: Place, name: str) -> None:
    place.run("r1", 1)
    place.run("r2", 2, fold=True)
    whole = (place.root / name).read_bytes()
    for cut in range(0, len(whole), 1 + len(whole) // 1_000):
        (place.root / name).write_bytes(whole[:cut])
        with pytest.raises(JournalDamaged, match=re.escape(name)):
            place.last(), place.rows()


def test_a_checkpoint_that_is_missing_beside_its_history_is_named(place: Place) -> None:
    place.run("r1", 1)
    place.run("r2", 2, fold=True)
    (place.root / "heads.json").unlink()
    with pytest.raises(JournalDamaged, match="it is missing, although there is"):
        place.last()


@pytest.mark.parametrize("more", [b"\n", b"x", bytes(9)])
def test_a_checkpoint_with_something_behind_it_is_named(place: Place, more: bytes) -> None:
    place.run("r1", 1)
    place.run("r2", 2, fold=True)
    with (place.root / "heads.json").open("ab") as file:
        file.write(more)
    with pytest.raises(JournalDamaged, match=r"heads\.json"):
        place.last()


@pytest.mark.parametrize("name", ["heads.json", "journal.parquet"])
@pytest.mark.parametrize("content", [b"", b"not ours\n", bytes(100)])
def test_a_foreign_file_is_named_and_refused(place: Place, name: str, content: bytes) -> None:
    place.run("r1", 1)
    place.run("r2", 2, fold=True)
    (place.root / name).write_bytes(content)
    with pytest.raises(JournalDamaged) as caught:
        place.last(), place.rows()
    assert name in caught.value.message


def test_a_foreign_segment_is_named_and_refused(place: Place) -> None:
    place.run("r1", 1)
    (place.root / "log" / "notes.txt").write_text("mine")
    with pytest.raises(JournalDamaged, match=r"notes\.txt"):
        place.last()


def test_a_segment_under_the_name_of_another_run_is_refused(place: Place) -> None:
    place.run("r1", 1)
    place.segment("r1").rename(place.segment("r2"))
    with pytest.raises(JournalDamaged, match="it is the log of run r1, under another name"):
        place.last()


def test_a_segment_of_a_newer_version_is_refused(place: Place) -> None:
    from hygge.journal.lines import line

    place.run("r1", 1)
    place.segment("r2").write_bytes(line(0, b'{"hygge_journal":2}'))
    with pytest.raises(JournalDamaged, match="format 2"):
        place.last()


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


class _Failing(LocalFileSystem):
    """A disk that stops taking writes after the first sync."""

    def write(self, path: str) -> Any:
        stream = super().write(path)
        original, syncs = stream.sync, iter([None])

        def sync() -> None:
            if next(syncs, "broken") == "broken":
                raise OSError(5, "Input/output error")
            original()

        stream.sync = sync  # type: ignore[method-assign]  # the one call that has to fail
        return stream


def test_a_failed_sync_is_told_to_every_waiter_and_never_tried_again(tmp_path: Path) -> None:
    journal = FileJournal(_Failing(tmp_path), "r1", {})
    journal.append([committed(1, "r1")])
    for number in (2, 3):
        with pytest.raises(HyggeError) as caught:
            journal.append([committed(number, "r1")])
        assert caught.value.code == "HYG503"
    journal.close()


def test_behind_a_failed_sync_nothing_is_written_any_more(tmp_path: Path) -> None:
    journal = FileJournal(_Failing(tmp_path), "r1", {})
    journal.append([committed(1, "r1")])
    with pytest.raises(HyggeError):
        journal.append([committed(2, "r1")])
    (segment,) = (tmp_path / "log").iterdir()
    before = segment.read_bytes()
    journal.close()
    assert segment.read_bytes() == before, "not even that it has ended: what is in it is unknown"


class _Noting(LocalFileSystem):
    """Notes what is renamed, and which folders are synced."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.steps: list[str] = []

    def rename(self, source: str, destination: str, *, replace: bool = True, version: str = "") -> None:
        super().rename(source, destination, replace=replace, version=version)
        self.steps.append(f"named {destination}")

    def sync(self, folder: str) -> None:
        super().sync(folder)
        self.steps.append(f"synced {folder}")


def test_the_name_of_a_segment_is_durable_before_its_first_entries_count(tmp_path: Path) -> None:
    files = _Noting(tmp_path)
    journal = FileJournal(files, "r1", {})
    journal.append([committed(1, "r1")])
    assert files.steps[-1] == "synced log"
    files.steps.clear()
    journal.append([committed(2, "r1")])
    assert files.steps == []
    journal.close()


def test_the_snapshot_s_new_name_is_durable_before_the_segments_go(place: Place) -> None:
    place.run("r1", 1)
    files = _Noting(place.root)
    FileJournal(files, "r2", {}).fold(force=True)
    assert not place.segment("r1").exists()
    at = files.steps.index("named journal.parquet")
    assert files.steps[at + 1] == "synced "


def test_entries_of_a_journal_that_cannot_begin_its_segment_are_never_taken_for_kept(place: Place) -> None:
    def header() -> Header:
        raise HyggeError("no place among the segments is known", code="HYG503")

    writer = SegmentWriter(place.files, "r1.jsonl", header)
    for _ in range(2):
        with pytest.raises(HyggeError, match="no place among the segments"):
            writer.append([committed(1, "r1")])
    writer.close()
    assert not place.root.exists()


def test_threads_that_append_at_once_share_syncs_and_lose_nothing(place: Place) -> None:
    journal = place.open("r1")
    threads = [
        threading.Thread(target=lambda n=n: journal.append([committed(n, "r1", f"e{n}")]))
        for n in range(1, 65)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    heads = place.open("reader").heads("f")
    assert {h.receipt.number for h in heads.values() if h.receipt} == set(range(1, 65))


def test_a_lease_is_exclusive_and_names_its_holder(place: Place) -> None:
    with place.open("r1").lease("f"):
        with pytest.raises(LeaseHeld, match="pid 1"), place.open("r2").lease("f"):
            pass
        with place.open("r3").lease("another flow / with a slash"):
            pass


def test_a_backup_holds_all_that_counts(place: Place) -> None:
    place.run("r1", 1)
    place.run("r2", 2, fold=True)
    where = Path(place.open("r3").backup().removeprefix("file://"))
    assert Place(where).last() == 2
    assert Place(where).rows() == place.rows()


kinds = st.sampled_from(
    ["planned", "sealed", "committed", "skipped", "aborted", "failed", "discarded", "reset"]
)


@given(
    st.lists(st.lists(st.tuples(kinds, st.sampled_from(["a", "b"]), st.booleans()), max_size=6), max_size=5)
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_heads_are_those_of_all_entries_in_order_however_they_are_folded(
    tmp_path_factory: pytest.TempPathFactory, runs: list[list[tuple[Any, str, bool]]]
) -> None:
    place = Place(tmp_path_factory.mktemp("journal"))
    expected: dict[str, Head] = {}
    for number, entries in enumerate(_entries(runs)):
        journal = place.open(f"run{number}")
        with journal.lease("f"):
            for entry, fold in entries:
                journal.append([entry])
                expected[entry.entity] = advance(expected.get(entry.entity, Head()), entry)
                if fold:
                    journal.fold(force=True)
        journal.close()
    assert place.open("reader").heads("f") == expected


def _entries(runs: list[list[tuple[Any, str, bool]]]) -> Iterator[list[tuple[Entry, bool]]]:
    number = 0
    for run in runs:
        made = []
        for kind, entity, fold in run:
            number += 1
            found = receipt(number, entity) if kind == "committed" else None
            made.append((Entry(kind=kind, at=AT, run_id="r", flow="f", entity=entity, receipt=found), fold))
        yield made
