"""``hygge state set``: what the next run reads, what is refused, and what a crash leaves."""

from __future__ import annotations

import shutil
from typing import Any

import pyarrow.dataset as ds
import pytest

STATE_SET = ("state", "set", "shop.orders")


@pytest.fixture
def moved(hygge: Any) -> Any:
    """A project whose orders 0 to 24 have landed."""
    assert hygge("run", "shop.orders").code == 0
    return hygge


def landed(cli: Any) -> list[int]:
    return sorted(ds.dataset(cli.root / "out" / "orders").to_table()["id"].to_pylist())


def mark(hygge: Any) -> str:
    value: str = hygge("state", "get", "--output", "json").document["entities"][0]["watermark"]["value"]
    return value


def backups(cli: Any) -> int:
    return len(list(cli.root.glob(".hygge_journal/backups/*")))


def test_forwards_rows_are_left_out_and_only_on_the_user_s_word(moved: Any, cli: Any, rows: Any) -> None:
    refused = moved(*STATE_SET, "30")
    assert refused.code == 1
    assert "HYG604" in refused.err
    assert "rows above 24 and below 30 are left out" in refused.err
    assert "--yes" in refused.err
    assert (mark(moved), backups(cli)) == ("24", 0)

    done = moved(*STATE_SET, "30", "--yes", "--output", "json")
    assert done.document["before"] == {"column": "at", "type": "int64", "value": "24"}
    assert done.document["after"]["value"] == "30"
    assert done.document["backup"] in done.err
    rows("orders", [(n, n, "x") for n in range(33)])
    assert moved("run", "shop.orders").code == 0
    assert landed(cli) == [*range(25), 30, 31, 32]
    assert mark(moved) == "32"


def test_what_was_left_out_can_be_completed_later_and_nothing_comes_twice(
    moved: Any, cli: Any, rows: Any
) -> None:
    assert moved(*STATE_SET, "30", "--yes").code == 0
    rows("orders", [(n, n, "x") for n in range(33)])
    assert moved("run", "shop.orders", "--from", "20").code == 0
    assert landed(cli) == list(range(31))
    assert moved("run", "shop.orders").code == 0
    assert landed(cli) == list(range(33))


def test_forwards_beyond_the_source_nothing_is_new_until_it_gets_there(
    moved: Any, cli: Any, rows: Any
) -> None:
    assert moved(*STATE_SET, "100", "--yes").code == 0
    assert moved("run", "shop.orders", "--output", "json").document["entities"][0]["status"] == "skipped"
    assert mark(moved) == "100"
    rows("orders", [(n, n, "x") for n in (98, 99, 100, 101)])
    assert moved("run", "shop.orders").code == 0
    assert landed(cli) == [*range(25), 100, 101]


def test_a_lookback_that_bridges_the_step_leaves_nothing_out(
    hygge: Any, cli: Any, flow: Any, rows: Any
) -> None:
    flow(
        "shop", "run_type: incremental\nwatermark: {column: at, lookback: 5}\nkeys: [id]\nentities: [orders]"
    )
    assert hygge("run").code == 0
    assert hygge(*STATE_SET, "28").code == 0
    rows("orders", [(n, n, "x") for n in range(30)])
    assert hygge("run").code == 0
    assert landed(cli) == list(range(30))


def test_backwards_an_append_takes_the_rows_a_second_time_and_only_on_the_user_s_word(
    moved: Any, cli: Any
) -> None:
    refused = moved(*STATE_SET, "20")
    assert refused.code == 1
    assert "appended a second time" in refused.err
    assert "hygge run shop.orders --from 20" in refused.err
    assert moved(*STATE_SET, "20", "--yes").code == 0
    assert "from 20 to 24" in moved("plan", "shop.orders").out
    assert moved("run", "shop.orders").code == 0
    assert landed(cli) == sorted([*range(25), *range(20, 24)]), "the identity of 24 was kept"
    assert mark(moved) == "24"
    assert moved("run", "shop.orders", "--output", "json").document["entities"][0]["status"] == "skipped"


def test_a_negative_value_is_a_value(moved: Any) -> None:
    assert moved(*STATE_SET, "-5", "--yes").code == 0
    assert mark(moved) == "-5"


@pytest.mark.parametrize("value", ["", "soon", "2.5", "99999999999999999999"])
def test_a_value_of_another_type_is_refused(moved: Any, cli: Any, value: str) -> None:
    done = moved(*STATE_SET, value, "--yes")
    assert done.code == 2
    assert "int64" in done.err
    assert backups(cli) == 0


def test_the_value_that_stands_there_changes_nothing(moved: Any, cli: Any) -> None:
    done = moved(*STATE_SET, " 24 ")
    assert done.code == 0
    assert "stands at 24 already" in done.out
    assert backups(cli) == 0


def test_there_is_nothing_to_set_where_nothing_was_committed(hygge: Any, cli: Any, flow: Any) -> None:
    done = hygge(*STATE_SET, "5", "--yes")
    assert done.code == 1
    assert "HYG407" in done.err
    flow("plain", "entities: [orders]")
    assert hygge("run", "plain").code == 0
    assert "the flow has no watermark" in hygge("state", "set", "plain.orders", "5", "--yes").err


def test_nothing_is_set_where_a_run_would_refuse_to_go_on(moved: Any, cli: Any) -> None:
    shutil.rmtree(cli.root / "out")
    done = moved(*STATE_SET, "5", "--yes")
    assert done.code == 1
    assert "HYG403" in done.err
    assert backups(cli) == 0


def test_nothing_is_set_where_the_flow_follows_another_column_now(moved: Any, cli: Any, flow: Any) -> None:
    flow("shop", "run_type: incremental\nwatermark: {column: id}\nkeys: [id]\nentities: [orders, people]")
    done = moved(*STATE_SET, "5", "--yes")
    assert done.code == 1
    assert "HYG406" in done.err
    assert moved("state", "adopt", "shop.orders").code == 1
    assert backups(cli) == 0


def test_a_home_that_counts_by_itself_can_begin_again_on_the_user_s_word(counting: Any, cli: Any) -> None:
    assert "1.csv" in counting("state", "get", "new").out
    refused = counting("state", "set", "new.new", "start")
    assert refused.code == 1
    assert "appended a second time" in refused.err
    assert backups(cli) == 0
    assert counting("state", "set", "new.new", "start", "--yes").code == 0
    assert " start " in counting("state", "get", "new").out
    assert "already" in counting("state", "set", "new.new", "start").out
    assert backups(cli) == 1
    (cli.root / "in" / "2.csv").write_text("id\n3\n")
    assert counting("run", "new").code == 0
    assert sorted(ds.dataset(cli.root / "lake" / "new").to_table()["id"].to_pylist()) == [1, 1, 2, 2, 3]
    assert counting("run", "new", "--output", "json").document["entities"][0]["status"] == "skipped"


def test_after_a_reset_a_home_begins_again_anyway(counting: Any) -> None:
    assert counting("state", "reset", "new.new").code == 0
    assert "already" in counting("state", "set", "new.new", "start", "--yes").out


def test_of_a_position_only_the_start_can_be_set(counting: Any) -> None:
    done = counting("state", "set", "new.new", "2.csv", "--yes")
    assert done.code == 2
    assert "state set new.new start" in done.err


def test_adopting_undoes_it(moved: Any) -> None:
    assert moved(*STATE_SET, "30", "--yes").code == 0
    assert moved("state", "adopt", "shop.orders").code == 0
    assert mark(moved) == "24"


def test_the_set_value_is_lost_with_the_journal_and_no_row_is(moved: Any, cli: Any, rows: Any) -> None:
    assert moved(*STATE_SET, "30", "--yes").code == 0
    shutil.rmtree(cli.root / ".hygge_journal")
    rows("orders", [(n, n, "x") for n in range(33)])
    assert moved("run", "shop.orders").code == 0
    assert landed(cli) == list(range(33))


POINTS = [
    *("journal.leased", "journal.backup", "state.backed_up", "journal.append", "journal.created"),
    *("journal.written", "journal.synced", "state.changed", "journal.close"),
]


@pytest.mark.parametrize("point", POINTS)
def test_death_while_setting_leaves_the_old_value_or_the_new_one(
    moved: Any, cli: Any, rows: Any, point: str
) -> None:
    killed = cli(*STATE_SET, "30", "--yes", environment={"HYGGE_FAILPOINT": f"kill:{point}"})
    assert killed.returncode == -9, killed.stderr
    value = mark(moved)
    assert value in ("24", "30")
    assert value == "30" or point not in ("journal.synced", "state.changed", "journal.close")
    rows("orders", [(n, n, "x") for n in range(33)])
    assert moved("run", "shop.orders").code == 0
    assert landed(cli) == (list(range(33)) if value == "24" else [*range(25), 30, 31, 32])


@pytest.mark.parametrize("point", ["engine.planned", "engine.sealed", "commit.published", "engine.committed"])
def test_death_in_the_run_after_it_goes_on_from_the_set_value(
    moved: Any, cli: Any, rows: Any, point: str
) -> None:
    assert moved(*STATE_SET, "30", "--yes").code == 0
    rows("orders", [(n, n, "x") for n in range(33)])
    killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": f"kill:{point}"})
    assert killed.returncode == -9
    if point == "engine.sealed":
        assert "HYG603" in moved(*STATE_SET, "31", "--yes").err
    assert moved("run", "shop.orders").code == 0
    assert landed(cli) == [*range(25), 30, 31, 32]
