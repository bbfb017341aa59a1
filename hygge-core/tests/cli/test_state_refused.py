"""Changes of state that would lose or double rows, or lead nowhere, are refused and leave no backup."""

from __future__ import annotations

from typing import Any

import pyarrow.dataset as ds
import pytest

from hygge.failpoints import arm


@pytest.fixture
def moved(hygge: Any, rows: Any) -> Any:
    """A project whose orders 0 to 24 have landed, and 25 is new."""
    assert hygge("run", "shop.orders").code == 0
    rows("orders", [(n, n, "x") for n in range(26)])
    return hygge


def landed(cli: Any) -> list[int]:
    return sorted(ds.dataset(cli.root / "out" / "orders").to_table()["id"].to_pylist())


def refused(done: Any, cli: Any, code: str) -> str:
    """What was said; nothing was changed."""
    assert done.code == 1
    assert code in done.err
    assert not list(cli.root.glob(".hygge_journal/backups/*"))
    said: str = done.err
    return said


@pytest.mark.parametrize("change", ["reset", "adopt"])
def test_a_sealed_job_is_not_passed_over(moved: Any, cli: Any, change: str) -> None:
    arm("raise:engine.sealed")
    assert moved("run", "shop.orders").code == 1
    arm("")
    said = refused(moved("state", change, "shop.orders"), cli, "HYG603")
    assert "`hygge run shop.orders`" in said
    assert "`hygge state discard shop.orders`" in said
    assert moved("run", "shop.orders").code == 0
    assert landed(cli) == list(range(26))


def test_of_a_job_that_only_began_the_next_run_can_start_over_but_nothing_is_adopted(
    moved: Any, cli: Any
) -> None:
    assert cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:engine.planned"}).returncode == -9
    refused(moved("state", "adopt", "shop.orders"), cli, "HYG603")
    assert moved("state", "reset", "shop.orders").code == 0
    entity = moved("run", "shop.orders", "--output", "json").document["entities"][0]
    assert (entity["mode"], entity["rows_written"]) == ("replace", 26)


def test_a_destination_that_lost_rows_is_not_adopted(moved: Any, cli: Any) -> None:
    next((cli.root / "out" / "orders").glob("*.parquet")).unlink()
    said = refused(moved("state", "adopt", "shop.orders"), cli, "HYG404")
    assert "`hygge run shop.orders --full-drop`" in said


def test_a_destination_where_nothing_has_landed_is_not_adopted(hygge: Any, cli: Any) -> None:
    refused(hygge("state", "adopt", "shop.orders"), cli, "HYG403")


def test_what_a_limit_left_out_is_not_passed_over(hygge: Any, cli: Any) -> None:
    """No increment would ever read it."""
    assert hygge("run", "shop.orders", "--full-drop", "--set", "shop.limit=3").code == 0
    said = refused(hygge("state", "adopt", "shop.orders"), cli, "HYG406")
    assert "limit: 3" in said
    assert "`hygge run shop.orders --full-drop`" in said
    assert hygge("run", "shop.orders", "--full-drop").code == 0
    assert hygge("state", "adopt", "shop.orders").code == 0
    assert landed(cli) == list(range(25))


@pytest.mark.parametrize("more", [(), ("--yes",)])
def test_a_job_that_has_landed_is_not_given_up_whatever_the_user_is_sure_of(
    moved: Any, cli: Any, more: tuple[str, ...]
) -> None:
    arm("raise:commit.done")
    assert moved("run", "shop.orders").code == 1
    arm("")
    said = refused(moved("state", "discard", "shop.orders", *more), cli, "HYG603")
    assert "has landed" in said
    assert moved("run", "shop.orders").code == 0
    assert landed(cli) == list(range(26))


def test_where_no_committed_row_has_a_value_a_mark_is_set_only_on_the_user_s_word(
    hygge: Any, cli: Any, flow: Any, rows: Any
) -> None:
    flow(
        "shop",
        "run_type: incremental\nwatermark: {column: at, nulls: include}\nkeys: [id]\nentities: [orders]",
    )
    rows("orders", [(1, None, "without")])
    assert hygge("run").code == 0
    said = refused(hygge("state", "set", "shop.orders", "5"), cli, "HYG604")
    assert "rows below that are left out" in said
    assert hygge("state", "set", "shop.orders", "5", "--yes").code == 0
    rows("orders", [(1, None, "without"), (2, 4, "left out"), (3, 5, "read")])
    assert hygge("run").code == 0
    assert landed(cli) == [1, 3]
