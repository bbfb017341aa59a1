"""Files of the journal that were cut, changed or are of others: named, or nothing changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from journal_place import Place, committed

from hygge.errors import JournalDamaged
from hygge.journal.segment import read_segment


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
