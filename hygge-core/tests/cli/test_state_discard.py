"""``hygge state discard``: the one exit for a job that an earlier run left open."""

from __future__ import annotations

import shutil
from typing import Any

import pyarrow.dataset as ds
import pytest


def landed(cli: Any, place: str = "out") -> list[int]:
    return sorted(ds.dataset(cli.root / place / "orders").to_table()["id"].to_pylist())


def test_discarding_where_nothing_is_open_is_refused(hygge: Any) -> None:
    done = hygge("state", "discard", "shop.orders")
    assert done.code == 1
    assert "HYG603" in done.err


def test_a_job_that_a_killed_run_sealed_is_shown_and_can_be_given_up(hygge: Any, cli: Any) -> None:
    killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:engine.sealed"})
    assert killed.returncode == -9
    assert "first finishes job" in hygge("state").out
    assert "first finishes the sealed job" in hygge("plan", "shop.orders").out
    done = hygge("state", "discard", "shop.orders")
    assert done.code == 0
    assert "is given up" in done.out
    assert hygge("run").code == 0
    assert landed(cli) == list(range(25))


def left_behind(hygge: Any, cli: Any, point: str) -> None:
    """A killed run left a job at a destination that is no folder any more; the flow settles elsewhere."""
    killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": f"kill:{point}"})
    assert killed.returncode == -9
    shutil.rmtree(cli.root / "out")
    (cli.root / "out").write_text("a file")
    flow = cli.root / "flows" / "shop.yml"
    flow.write_text(flow.read_text().replace("path: out}", "path: new}"))


@pytest.mark.parametrize("point", ["stage.batch", "engine.sealed"])
def test_a_job_whose_destination_is_gone_for_good_can_be_given_up(hygge: Any, cli: Any, point: str) -> None:
    left_behind(hygge, cli, point)
    refused = hygge("run", "shop.orders")
    assert refused.code == 1
    assert "give the job up with `hygge state discard shop.orders --yes`" in refused.err
    unsure = hygge("state", "discard", "shop.orders")
    assert unsure.code == 1
    assert "`hygge state discard shop.orders --yes`" in unsure.err
    assert not (cli.root / ".hygge_journal" / "backups").exists(), "nothing has changed"
    done = hygge("state", "discard", "shop.orders", "--yes")
    assert done.code == 0
    assert "is given up; what it staged at" in done.out
    assert hygge("run", "shop.orders").code == 0
    assert landed(cli, "new") == list(range(25))


def test_a_destination_that_fails_now_is_not_said_to_be_left_behind(hygge: Any, cli: Any) -> None:
    left_behind(hygge, cli, "engine.sealed")
    flow = cli.root / "flows" / "shop.yml"
    flow.write_text(flow.read_text().replace("path: new}", "path: out}"))
    refused = hygge("run", "shop.orders")
    assert refused.code == 1
    assert "state discard" not in refused.err


@pytest.mark.parametrize("yes", [(), ("--yes",)])
def test_a_job_that_has_landed_is_not_given_up_and_leaves_no_backup(
    hygge: Any, cli: Any, yes: tuple[str, ...]
) -> None:
    killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:commit.done"})
    assert killed.returncode == -9
    refused = hygge("state", "discard", "shop.orders", *yes)
    assert refused.code == 1
    assert "has landed" in refused.err
    assert not (cli.root / ".hygge_journal" / "backups").exists()


def test_a_job_whose_commit_has_begun_is_not_given_up_and_leaves_no_backup(hygge: Any, cli: Any) -> None:
    killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:receipts.claimed"})
    assert killed.returncode == -9
    refused = hygge("state", "discard", "shop.orders")
    assert refused.code == 1
    assert "can only be finished" in refused.err
    assert not (cli.root / ".hygge_journal" / "backups").exists()


def test_an_attempt_that_fails_before_it_heals_leaves_the_open_one_for_the_next(hygge: Any, cli: Any) -> None:
    killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:stage.batch"})
    assert killed.returncode == -9
    flow = cli.root / "flows" / "shop.yml"
    said = flow.read_text()
    flow.write_text(said.replace("keys: [id]", "keys: [id]\nwrite: upsert"))  # which files can't
    failed = hygge("run", "shop.orders")
    assert failed.code != 0
    flow.write_text(said)
    assert list((cli.root / "out").rglob("*.part"))
    assert hygge("run", "shop.orders").code == 0
    assert not list((cli.root / "out").rglob("*.part"))
    told = hygge("runs", "--output", "json").document["runs"]
    assert "not finished by its run" in [row["message"] for row in told]


@pytest.mark.parametrize("journal", ["kept", "lost"])
def test_a_commit_that_cannot_be_finished_is_given_up_and_its_rows_read_anew(
    hygge: Any, cli: Any, journal: str
) -> None:
    killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:receipts.claimed"})
    assert killed.returncode == -9
    for part in (cli.root / "out").rglob("*.part"):
        part.unlink()
    if journal == "lost":
        shutil.rmtree(cli.root / ".hygge_journal")
    checked = hygge("check", "shop.orders")
    assert checked.code == 1
    assert "what it staged is gone" in checked.out
    assert "`hygge state discard shop.orders`" in checked.out
    refused = hygge("run", "shop.orders")
    assert refused.code == 1
    assert "what it staged is gone" in refused.err
    assert "`hygge state discard shop.orders`" in refused.err
    assert hygge("state", "discard", "shop.orders").code == 0
    assert hygge("run", "shop.orders").code == 0
    assert landed(cli) == list(range(25))
