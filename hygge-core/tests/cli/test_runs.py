"""``hygge runs``: choosing among attempts, one run as a whole, and pruning."""

from __future__ import annotations

import os
import pty
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest

from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal


@pytest.fixture
def history(hygge: Any, cli: Any, flow: Any) -> list[str]:
    """Ids of three runs: both entities, one of another flow that fails, one entity again."""
    flow("broken", "entities: [missing]")
    return [
        hygge("run", *select, "--output", "json").document["run_id"]
        for select in (["shop"], ["broken"], ["shop.orders"])
    ]


def listed(hygge: Any, *arguments: str) -> list[tuple[str, str]]:
    rows = hygge("runs", *arguments, "--output", "json").document["runs"]
    return [(row["entity"], row["status"]) for row in rows]


def test_attempts_are_chosen_by_flow_entity_status_and_time(hygge: Any, history: list[str]) -> None:
    assert listed(hygge, "--status", "failed") == [("missing", "failed")]
    assert len(listed(hygge, "--status", "failed", "--status", "success")) == 3
    assert len(listed(hygge, "--entity", "orders")) == 2
    assert len(listed(hygge, "--entity", "*e*", "--flow", "s*")) == 3
    assert len(listed(hygge, "--since", "1h")) == 4
    assert listed(hygge, "--until", "1h") == []
    today = datetime.now(UTC).date()
    assert len(listed(hygge, "--since", str(today), "--until", str(today))) == 4
    assert listed(hygge, "--since", str(today + timedelta(days=2))) == []
    assert listed(hygge, history[0], "--entity", "people") == [("people", "success")]
    assert "Nothing that ran is like that" in hygge("runs", "--flow", "nobody").err


def test_folding_changes_nothing_of_what_is_found(hygge: Any, history: list[str]) -> None:
    questions = [[], ["--flow", "shop"], ["--entity", "missing"], [history[1]], ["--status", "skipped"]]
    before = [listed(hygge, *question) for question in questions]
    assert hygge("runs", "--fold").code == 0
    assert [listed(hygge, *question) for question in questions] == before


@pytest.mark.parametrize("moment", ["yesterday", "2024-13-01", "12x", "99999999d", ""])
def test_a_moment_that_is_none_is_told_how_to_be_written(hygge: Any, moment: str) -> None:
    done = hygge("runs", "--since", moment)
    assert done.code == 2
    assert "2024-02-29" in done.err


def test_a_run_is_shown_with_its_sums_entities_windows_and_errors(hygge: Any, history: list[str]) -> None:
    shown = hygge("runs", history[0]).out
    assert "entities   2 success" in shown
    assert "30 rows" in shown
    assert "at (int64) from the beginning to 24" in shown
    failed = hygge("runs", history[1]).out
    assert "1 failed" in failed
    assert "broken.missing: HYG302: missing.json is missing" in failed


def test_last_is_the_run_that_began_last(hygge: Any, history: list[str]) -> None:
    assert f"run {history[2]}" in hygge("runs", "last").out


def test_last_of_nothing_is_nothing(hygge: Any) -> None:
    done = hygge("runs", "last")
    assert done.code == 0
    assert "Nothing has run yet" in done.err


def test_an_attempt_says_how_long_it_took(hygge: Any, history: list[str]) -> None:
    row = hygge("runs", "--output", "json").document["runs"][0]
    assert row["seconds"] >= 0
    assert "rows/s" in hygge("runs", row["entity_run_id"]).out


# -- pruning --------------------------------------------------------------------------------------


def test_pruning_keeps_the_newest_runs_of_each_flow_and_what_entities_stand_on(
    hygge: Any, cli: Any, history: list[str], rows: Any
) -> None:
    before = hygge("state", "get", "--output", "json").document
    done = hygge("runs", "--prune", "--keep-runs", "1", "--yes", "--output", "json")
    assert done.code == 0
    # of shop the skipped run is the newest, but what people and orders stand on is from the first
    assert (done.document["removed"], done.document["kept"]) == (0, 4)
    assert done.document["backup"] is None
    rows("orders", [(n, n, "x") for n in range(30)])
    hygge("run", "shop.orders")
    done = hygge("runs", "--prune", "--keep-runs", "1", "--yes", "--output", "json")
    assert (done.document["removed"], done.document["kept"]) == (2, 3)
    assert done.document["backup"] in done.err
    assert sorted(listed(hygge)) == [("missing", "failed"), ("orders", "success"), ("people", "success")]
    assert hygge("state", "get", "--output", "json").document != before
    assert hygge("run", "shop", "--output", "json").document["status"] == "success"


def test_what_is_younger_stays_and_either_rule_keeps(hygge: Any, history: list[str]) -> None:
    assert hygge("runs", "--prune", "--keep-days", "1", "--yes").out == "0 attempts removed, 4 kept\n"
    both = ["--keep-days", "0", "--keep-runs", "5"]
    assert hygge("runs", "--prune", *both, "--yes").out == "0 attempts removed, 4 kept\n"
    assert hygge("runs", "--prune", "--keep-days", "0", "--yes").out == "2 attempts removed, 2 kept\n"
    assert len(listed(hygge)) == 2


@pytest.mark.parametrize(("hours", "removed"), [(20, 0), (28, 2)])
def test_what_began_in_the_last_days_stays_for_as_many_days(
    hygge: Any, history: list[str], monkeypatch: pytest.MonkeyPatch, hours: int, removed: int
) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(hours=hours)

    monkeypatch.setattr("hygge.cli.pruning.datetime", Later)
    done = hygge("runs", "--prune", "--keep-days", "1", "--yes", "--output", "json")
    assert done.document["removed"] == removed


def test_either_rule_keeps_what_the_other_would_let_go(hygge: Any, history: list[str]) -> None:
    assert hygge("run", "shop.orders").code == 0
    assert hygge("runs", "--prune", "--keep-days", "0", "--keep-runs", "1", "--yes").code == 0
    kept = [("missing", "failed"), ("orders", "skipped"), ("orders", "success"), ("people", "success")]
    assert sorted(listed(hygge)) == kept


def test_what_is_removed_is_in_the_backup(hygge: Any, cli: Any, history: list[str]) -> None:
    done = hygge("runs", "--prune", "--keep-days", "0", "--yes", "--output", "json")
    (folder,) = cli.root.glob(".hygge_journal/backups/*")
    assert done.document["backup"].endswith(folder.name)
    assert len(list(FileJournal(LocalFileSystem(folder), "reader", {}).rows())) == 4
    assert len(listed(hygge)) == 2


def test_one_flow_alone_is_not_pruned(hygge: Any, history: list[str]) -> None:
    """Nor are all of them, where one was named."""
    assert hygge("runs", "--prune", "--keep-days", "0", "--flow", "broken", "--yes").code == 2
    assert len(listed(hygge)) == 4


def test_the_moment_that_is_named_belongs_to_what_is_listed(hygge: Any, history: list[str]) -> None:
    (row,) = hygge("runs", history[1], "--output", "json").document["runs"]
    began = row["started_at"]
    assert ("missing", "failed") in listed(hygge, "--since", began, "--until", began)


def test_where_nothing_was_ever_run_nothing_is_removed(hygge: Any, cli: Any) -> None:
    assert hygge("runs", "--prune", "--keep-days", "0", "--yes").out == "0 attempts removed, 0 kept\n"
    assert not (cli.root / ".hygge_journal" / "log").exists()


def test_nothing_is_removed_unasked(hygge: Any, cli: Any, history: list[str]) -> None:
    done = hygge("runs", "--prune", "--keep-days", "0")
    assert done.code == 1
    assert "2 attempts will be removed" in done.err
    assert "--yes" in done.err
    assert not list(cli.root.glob(".hygge_journal/backups"))
    assert len(listed(hygge)) == 4


@pytest.mark.parametrize(("answer", "kept"), [("n", 4), ("", 4), ("y", 2), ("Yes", 2)])
def test_on_a_terminal_the_user_is_asked(
    hygge: Any, cli: Any, history: list[str], answer: str, kept: int
) -> None:
    main, side = pty.openpty()
    os.write(main, f"{answer}\n".encode())
    done = cli("runs", "--prune", "--keep-days", "0", stdin=side)
    os.close(side)
    os.close(main)
    assert done.returncode == (0 if kept == 2 else 1)
    assert "2 attempts will be removed" in done.stderr
    assert "Remove them? [y/N]" in done.stderr
    assert len(listed(hygge)) == kept


@pytest.mark.parametrize(
    "arguments",
    [
        ["--prune", "--yes"],
        ["--keep-days", "3"],
        ["--yes"],
        ["last", "--prune", "--keep-days", "3"],
        ["--prune", "--keep-runs", "2", "--status", "failed"],
    ],
)
def test_pruning_is_asked_for_in_full_or_not_at_all(hygge: Any, arguments: list[str]) -> None:
    assert hygge("runs", *arguments).code == 2


def test_pruning_where_nothing_ran_makes_nothing(hygge: Any, cli: Any) -> None:
    done = hygge("runs", "--prune", "--keep-days", "0", "--yes")
    assert done.code == 0
    assert done.out == "0 attempts removed, 0 kept\n"
    assert not (cli.root / ".hygge_journal" / "journal.parquet").exists()


@pytest.mark.parametrize(
    "point",
    [
        *("journal.checkpoint", "journal.checkpointed", "journal.snapshot_begun", "journal.snapshot"),
        *("journal.folded", "journal.segment_removed", "journal.backup"),
    ],
)
@pytest.mark.parametrize("nth", [1, 2])
def test_death_while_pruning_loses_nothing_that_was_to_stay(
    hygge: Any, cli: Any, history: list[str], point: str, nth: int
) -> None:
    before = hygge("state", "get", "--output", "json").document
    prune = ["runs", "--prune", "--keep-days", "0", "--yes"]
    done = cli(*prune, environment={"HYGGE_FAILPOINT": f"kill:{point}@{nth}"})
    assert done.returncode in (-9, 0), done.stderr
    assert hygge("state", "get", "--output", "json").document == before
    found = listed(hygge)
    assert len(found) in (2, 4)
    assert found.count(("orders", "success")) == 1
    assert hygge(*prune).code == 0
    assert sorted(listed(hygge)) == [("orders", "success"), ("people", "success")]
    snapshot = pq.read_table(cli.root / ".hygge_journal" / "journal.parquet")
    assert snapshot.num_rows == 2


def test_rows_that_went_do_not_come_back_from_a_log_that_was_left(hygge: Any, cli: Any) -> None:
    """A fold that died between snapshot and removal leaves a segment whose rows are in both."""
    hygge("run")
    died = cli("runs", "--fold", environment={"HYGGE_FAILPOINT": "kill:journal.folded"})
    assert died.returncode == -9
    assert list(cli.root.glob(".hygge_journal/log/*"))
    hygge("run")
    assert hygge("runs", "--prune", "--keep-days", "0", "--yes").code == 0
    assert len(listed(hygge)) == 2
