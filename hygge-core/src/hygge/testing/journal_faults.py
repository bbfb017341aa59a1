"""Laws of a journal: death at any point, damage, many at once, leases."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hygge.errors import JournalDamaged, LeaseHeld
from hygge.testing.journal_bench import JournalLaws
from hygge.testing.journal_entries import (
    append_all,
    append_and_die,
    fold,
    heads_of,
    hold,
    story,
)
from hygge.testing.warm import Trial, Warm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hygge.roles import Journal

__all__ = ["JournalFaultLaws"]


class JournalFaultLaws(JournalLaws):
    """Several runs, several processes, and the worst moment."""

    # -- death -----------------------------------------------------------------------------------

    def test_an_entry_that_was_appended_is_there_after_a_kill(
        self, place: Mapping[str, Any], warm: Warm, tmp_path: Path
    ) -> None:
        entries = story("orders", 1, "r")
        for count in (1, 2, 3):
            run_id = f"20200229T00000{count}-0000000000"
            ended = warm.run(
                append_and_die, type(self).opener, place, run_id, entries[:count], _told(tmp_path)
            )
            assert ended.killed
            assert self.open(place).heads("laws")["orders"] == heads_of(entries)[count]

    def test_killed_at_any_point_the_journal_holds_at_least_what_was_promised(
        self, place: Mapping[str, Any], warm: Warm, tmp_path: Path, runs: Iterator[str]
    ) -> None:
        log, told = tmp_path / "points", _told(tmp_path)
        opener = type(self).opener
        before = story("orders", 1, "r")
        warm.run(append_and_die, opener, place, next(runs), before, told, failpoint=f"count={log}")
        points = len(log.read_text().splitlines())
        assert points, "the journal passes no failpoint: call hygge.failpoints.failpoint at each step"
        last = before[2].receipt
        for number in range(1, points + 1):
            Path(told).write_text("0")
            entries = story("orders", number + 1, "r")
            run_id = next(runs)
            warm.run(append_and_die, opener, place, run_id, entries, told, failpoint=f"kill@{number}")
            promised = int(Path(told).read_text())
            head = self.open(place).heads("laws")["orders"]
            allowed = [replace(h, receipt=h.receipt or last) for h in heads_of(entries)[promised:]]
            assert head in allowed
            last = head.receipt

    def test_an_append_that_fails_says_so_and_what_was_promised_before_is_there(
        self, place: Mapping[str, Any], warm: Warm, tmp_path: Path, runs: Iterator[str]
    ) -> None:
        opener = type(self).opener
        for number in itertools.count(1):
            entries = story(f"e{number}", number, "r")
            ended = warm.run(append_all, opener, place, next(runs), entries, failpoint=f"raise@{number}")
            head = self.open(place).heads("laws").get(f"e{number}", heads_of(entries)[0])
            if ended.error is None:
                assert head == heads_of(entries)[3], "nothing was said, and something is missing"
                break
            assert head in heads_of(entries)
        assert number > 1, "an append passes no failpoint"

    def test_killed_at_any_point_of_a_fold_nothing_is_lost_or_doubled(
        self, place: Mapping[str, Any], warm: Warm, tmp_path: Path, runs: Iterator[str]
    ) -> None:
        opener = type(self).opener
        written = [story("orders", number, run_id) for number, run_id in zip(range(4), runs, strict=False)]
        for entries in written:
            append_all(opener, place, entries[0].run_id, entries)
        log = tmp_path / "points"
        for number in itertools.count(1):
            more = story("orders", 3 + number, next(runs))
            append_all(opener, place, more[0].run_id, more)
            written.append(more)
            died = warm.run(fold, opener, place, next(runs), failpoint=f"kill@{number}")
            journal = self.open(place)
            assert journal.heads("laws")["orders"].receipt == more[2].receipt
            assert [row.rows_written for row in journal.rows()] == list(range(3 + number, -1, -1))
            if not died.killed:
                died.result()
                break
            log.touch()
        assert log.exists(), "a fold passes no failpoint"

    # -- damage ----------------------------------------------------------------------------------

    def test_a_damaged_or_foreign_file_is_named_and_refused(
        self, place: Mapping[str, Any], runs: Iterator[str]
    ) -> None:
        self.history(place, runs)
        for name, spoil in self.damage(place):
            undo = spoil()
            with pytest.raises(JournalDamaged) as caught:
                self.open(place).heads("laws")
            assert name in str(caught.value)
            assert caught.value.remedy
            undo()
            assert len(self.open(place).heads("laws")) == 1

    # -- many at once ----------------------------------------------------------------------------

    def test_many_processes_append_at_once_and_nothing_is_lost(
        self, place: Mapping[str, Any], warm: Warm, runs: Iterator[str]
    ) -> None:
        stories = {run_id: [e for n in range(10) for e in story(f"{run_id}-{n}", n, run_id)]
                   for run_id in itertools.islice(runs, 4)}  # fmt: skip
        trials = [
            warm.start(append_all, type(self).opener, place, run_id, told) for run_id, told in stories.items()
        ]
        for trial in trials:
            trial.wait().result()
        heads = self.open(place).heads("laws")
        assert {e: head.receipt for e, head in heads.items()} == {
            entry.entity: entry.receipt
            for told in stories.values()
            for entry in told
            if entry.kind == "committed"
        }
        assert len(list(self.open(place).rows())) == 40

    def test_many_threads_append_at_once_and_nothing_is_lost(
        self, journal: Journal, place: Mapping[str, Any]
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: journal.append(story(f"e{n}", n, "r")), range(100)))
        heads = self.open(place).heads("laws")
        assert {head.receipt.rows for head in heads.values() if head.receipt} == set(range(100))

    # -- leases ----------------------------------------------------------------------------------

    def test_a_flow_is_leased_to_one_run_and_others_are_told_to_whom(
        self, place: Mapping[str, Any], runs: Iterator[str]
    ) -> None:
        holder, other = next(runs), self.open(place, next(runs))
        with self.open(place, holder).lease("laws"):
            with pytest.raises(LeaseHeld) as caught, other.lease("laws"):
                pass
            with other.lease("another"):
                pass
        assert holder in str(caught.value) + str(caught.value.details)
        with other.lease("laws"):
            pass

    def test_a_lease_ends_with_an_error(self, place: Mapping[str, Any], runs: Iterator[str]) -> None:
        journal = self.open(place, next(runs))
        with pytest.raises(ZeroDivisionError), journal.lease("laws"):
            raise ZeroDivisionError
        with self.open(place, next(runs)).lease("laws"):
            pass

    def test_a_lease_ends_with_its_killed_process(
        self, place: Mapping[str, Any], warm: Warm, runs: Iterator[str], tmp_path: Path
    ) -> None:
        held = tmp_path / "held"
        trial = warm.start(hold, type(self).opener, place, next(runs), "laws", str(held))
        _wait_for(held, trial)
        journal = self.open(place, next(runs))
        with pytest.raises(LeaseHeld), journal.lease("laws"):
            pass
        trial.kill()
        assert trial.wait().killed
        with journal.lease("laws"):
            pass

    def test_of_many_processes_one_gets_the_lease(
        self, place: Mapping[str, Any], warm: Warm, runs: Iterator[str], tmp_path: Path
    ) -> None:
        for number in range(5):
            files = [tmp_path / f"held{number}-{n}" for n in range(4)]
            trials = [
                warm.start(hold, type(self).opener, place, next(runs), f"race{number}", str(file))
                for file in files
            ]
            while not any(file.exists() for file in files):
                time.sleep(0.002)
            winner = next(n for n, file in enumerate(files) if file.exists())
            for n, trial in enumerate(trials):
                if n != winner:
                    assert isinstance(trial.wait().error, LeaseHeld)
            trials[winner].kill()
            trials[winner].wait()
            assert sum(file.exists() for file in files) == 1


def _told(folder: Path) -> str:
    return str(folder / "told")


def _wait_for(file: Path, trial: Trial, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not file.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"{file} was not made by {trial}")
        time.sleep(0.002)
