"""``hygge runs`` and ``hygge state``: what the journal knows, and the ways to change it."""

from __future__ import annotations

import shutil
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def moved(hygge: Any) -> str:
    """The id of the first run."""
    run_id: str = hygge("run", "--output", "json").document["run_id"]
    return run_id


def landed(cli: Any, entity: str) -> list[int]:
    return sorted(ds.dataset(cli.root / "out" / entity).to_table()["id"].to_pylist())


def test_runs_are_listed_newest_first(hygge: Any, moved: str) -> None:
    second = hygge("run", "shop.orders", "--output", "json").document["run_id"]
    listed = hygge("runs", "--output", "json").document["runs"]
    assert [row["run_id"] for row in listed] == [second, moved, moved]
    assert listed[0]["status"] == "skipped"
    assert len(hygge("runs", "--limit", "1").out.splitlines()) == 2  # with its header
    assert hygge("runs", "--flow", "other").out == ""


def test_a_run_before_the_first_is_told_what_to_do(hygge: Any, cli: Any) -> None:
    done = hygge("runs")
    assert done.code == 0
    assert "Nothing has run yet" in done.err
    assert not (cli.root / ".hygge_journal").exists()  # looking makes nothing


def test_an_id_shows_all_there_is_to_know_of_a_run_or_an_attempt(hygge: Any, moved: str) -> None:
    rows = hygge("runs", moved, "--output", "json").document["runs"]
    assert {row["entity"] for row in rows} == {"orders", "people"}
    attempt = rows[0]["entity_run_id"]
    done = hygge("runs", attempt)
    assert "watermark  at (int64) from the beginning to" in done.out
    assert attempt in done.out
    assert len(hygge("runs", attempt, "--output", "json").document["runs"]) == 1


def test_a_failure_is_listed_with_its_message(hygge: Any, cli: Any) -> None:
    (cli.root / "data" / "orders.json").unlink()
    hygge("run", "shop.orders")
    assert "HYG302: orders.json is missing" in hygge("runs").out


def test_fold_gathers_the_log_into_the_snapshot(hygge: Any, cli: Any, moved: str) -> None:
    assert hygge("runs", "--fold").code == 0
    snapshot = pq.read_table(cli.root / ".hygge_journal" / "journal.parquet")
    assert snapshot["run_id"].to_pylist() == [moved, moved]
    assert len(hygge("runs", "--output", "json").document["runs"]) == 2


def test_state_shows_how_far_each_entity_is(hygge: Any, moved: str) -> None:
    listed = hygge("state", "get", "--output", "json").document["entities"]
    assert [(one["entity"], one["watermark"]["value"], one["number"]) for one in listed] == [
        ("orders", "24", 1),
        ("people", "4", 1),
    ]
    assert "at 24 (int64)" in hygge("state", "get", "shop.orders").out


def test_an_entity_that_never_ran_has_a_state_too(hygge: Any) -> None:
    assert "never" in hygge("state", "get").out


def test_state_alone_shows_it(hygge: Any, moved: str) -> None:
    assert hygge("state").out == hygge("state", "get").out


def test_reset_makes_the_next_run_replace_and_backs_up_first(
    hygge: Any, cli: Any, rows: Any, moved: str
) -> None:
    rows("orders", [(1, 1, "the only one")])
    done = hygge("state", "reset", "shop.orders", "--output", "json")
    assert done.code == 0
    assert done.document["entity"] == "shop.orders"
    assert list(cli.root.glob(".hygge_journal/backups/*/**/*"))
    assert done.document["backup"] in done.err
    assert "replaces the destination" in hygge("state", "get").out
    assert hygge("run").code == 0
    assert landed(cli, "orders") == [1]
    assert landed(cli, "people") == [0, 1, 2, 3, 4]
    again = hygge("run", "shop.orders", "--output", "json").document["entities"]
    assert [one["status"] for one in again] == ["skipped"]


@pytest.mark.parametrize("point", ["engine.planned", "stage.batch"])
def test_a_reset_is_not_forgotten_by_a_run_that_dies_before_it_seals(
    hygge: Any, cli: Any, rows: Any, moved: str, point: str
) -> None:
    rows("orders", [(1, 1, "the only one")])
    assert hygge("state", "reset", "shop.orders").code == 0
    for _ in range(2):
        killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": f"kill:{point}"})
        assert killed.returncode == -9
    assert hygge("run", "shop.orders").code == 0
    assert landed(cli, "orders") == [1]


def test_a_change_by_a_glob_is_told_of_the_entity(hygge: Any, moved: str) -> None:
    assert hygge("state", "reset", "shop.ord*", "--output", "json").document["entity"] == "shop.orders"


def test_adopt_goes_on_where_a_definition_changed(hygge: Any, cli: Any, flow: Any, moved: str) -> None:
    flow("shop", "run_type: incremental\nwatermark: {column: at}\nkeys: [id, at]\nentities: [orders]")
    refused = hygge("run")
    assert refused.code == 1
    assert "hygge state adopt shop.orders" in refused.err
    assert hygge("state", "adopt", "shop.orders").code == 0
    assert hygge("run").code == 0
    assert landed(cli, "orders") == list(range(25))


def test_state_of_a_flow_of_globs_needs_no_source(hygge: Any, cli: Any, flow: Any) -> None:
    flow("all", 'run_type: incremental\nwatermark: {column: at}\nentities: ["*", "!pe*"]')
    (cli.root / "flows" / "shop.yml").unlink()
    assert hygge("run").code == 0
    shutil.move(cli.root / "data", cli.root / "away")
    listed = hygge("state", "get", "--output", "json").document["entities"]
    assert [one["entity"] for one in listed] == ["orders"]
    assert hygge("state", "set", "all.orders", "99", "--yes").code == 0
    assert hygge("state", "reset", "all.orders").code == 0
    assert hygge("state", "get", "all.people").code == 2


def test_a_change_names_exactly_one_entity(hygge: Any, moved: str) -> None:
    assert hygge("state", "reset", "shop").code == 2
    assert hygge("state", "reset", "shop.nobody").code == 2
    assert hygge("state", "rest", "shop.orders").code == 2


def test_a_change_waits_for_no_run_that_holds_the_flow(hygge: Any, cli: Any, flow: Any) -> None:
    flow("slow", "entities: [orders]", {"deaf": True})
    holder = cli.started("run", "slow")
    try:
        done = hygge("state", "reset", "slow.orders")
    finally:
        holder.kill()
        holder.communicate()
    assert done.code == 75
    assert str(holder.pid) in done.err


def test_an_emptied_journal_is_told_and_healed_by_receipts(hygge: Any, cli: Any, rows: Any) -> None:
    assert hygge("run", "shop.orders").code == 0
    for segment in cli.root.glob(".hygge_journal/log/*"):
        segment.write_bytes(b"")
    rows("orders", [(n, n, f"order {n}") for n in range(30)])
    done = hygge("run", "shop.orders", "--output", "json")
    assert "it is empty" in done.err
    assert done.document["entities"][0]["rows_written"] == 5
