"""``hygge retry``: only what a run left undone, as that run was asked to."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def half(hygge: Any, cli: Any, rows: Any) -> Any:
    """A project whose last run moved people and failed on orders; its source is back."""
    (cli.root / "data" / "orders.json").unlink()
    failed = hygge("run", "--output", "json")
    assert failed.code == 1
    rows("orders", [(n, n, f"order {n}") for n in range(25)])
    return hygge


def moved(done: Any) -> dict[str, str]:
    return {one["entity"]: one["status"] for one in done.document["entities"]}


def test_only_what_failed_runs_again(half: Any) -> None:
    done = half("retry", "--output", "json")
    assert done.code == 0
    assert moved(done) == {"orders": "success"}
    assert "1 entity of run" in done.err


def test_where_all_succeeded_there_is_nothing_to_retry(half: Any) -> None:
    assert half("retry").code == 0
    done = half("retry", "--output", "json")
    assert done.code == 0
    assert (done.document["run_id"], done.document["entities"]) == (None, [])
    assert "Nothing to retry" in done.err
    assert half("retry", "last").out == ""


def test_before_the_first_run_there_is_nothing_to_retry(hygge: Any, cli: Any) -> None:
    done = hygge("retry")
    assert done.code == 0
    assert "nothing has run yet" in done.err
    assert not (cli.root / ".hygge_journal").exists()


def test_a_run_can_be_named_and_what_was_moved_since_is_left_out(half: Any) -> None:
    first = half("runs", "--output", "json").document["runs"][0]["run_id"]
    assert half("run", "shop.people").code == 0
    assert "nothing of run" in half("retry").err  # the last run has failed at nothing
    assert moved(half("retry", first, "--output", "json")) == {"orders": "success"}
    assert "was moved since" in half("retry", first).err


def test_a_retry_that_fails_again_is_the_last_run_and_keeps_its_exit_code(half: Any, cli: Any) -> None:
    (cli.root / "data" / "orders.json").unlink()
    assert half("retry").code == 1
    assert half("retry").code == 1


def test_an_unknown_run_is_told(hygge: Any) -> None:
    done = hygge("retry", "20200101T000000-0000000000", "--output", "json")
    assert done.code == 2
    assert done.document["error"]["code"] == "HYG111"


def test_a_full_drop_is_retried_as_one(hygge: Any, cli: Any, rows: Any) -> None:
    assert hygge("run").code == 0
    (cli.root / "data" / "orders.json").unlink()
    assert hygge("run", "--full-drop").code == 1
    rows("orders", [(1, 1, "the only one")])
    done = hygge("retry", "--output", "json")
    assert "which was asked for --full-drop" in done.err
    (entity,) = done.document["entities"]
    assert (entity["run_type"], entity["mode"], entity["rows_written"]) == ("full_drop", "replace", 1)


def test_each_flow_s_own_run_type_is_left_to_it(half: Any, flow: Any) -> None:
    done = half("retry", "--output", "json")
    assert "asked for" not in done.err
    assert done.document["entities"][0]["run_type"] == "incremental"


def test_a_backfill_is_retried_as_one(hygge: Any, cli: Any, rows: Any) -> None:
    assert hygge("run").code == 0
    source = cli.root / "data" / "orders.json"
    source.unlink()
    assert hygge("run", "shop.orders", "--from", "3", "--to", "7").code == 1
    rows("orders", [(n, n, f"order {n}") for n in range(25)] + [(100, 5, "late"), (101, 2, "too late")])
    said = hygge("runs", "last")
    assert "asked for  --from 3 --to 7" in said.out
    done = hygge("retry", "--output", "json")
    assert "which was asked for --from 3 --to 7." in done.err
    assert done.document["entities"][0]["rows_written"] == 1
    assert "asked for  --from 3 --to 7" in hygge("runs", "last").out


def test_a_run_type_said_anew_goes_before_a_backfill(hygge: Any, cli: Any, rows: Any) -> None:
    assert hygge("run").code == 0
    (cli.root / "data" / "orders.json").unlink()
    assert hygge("run", "shop.orders", "--from", "3").code == 1
    rows("orders", [(1, 1, "the only one")])
    done = hygge("retry", "--full-drop", "--output", "json")
    assert done.document["entities"][0]["mode"] == "replace"


def test_settings_are_retried_and_what_is_set_anew_goes_before_them(hygge: Any, cli: Any) -> None:
    assert (
        hygge("run", "shop.people", "--set", "shop.store.path=here", "--set", "shop.home.path=no").code == 1
    )
    asked = "--set shop.store.path=here --set shop.home.path=no"
    assert f"asked for  {asked}" in hygge("runs", "last").out
    assert hygge("retry").code == 1
    done = hygge("retry", "--set", "shop.home.path=data", "--output", "json")
    assert f"asked for {asked}" in done.err
    assert moved(done) == {"people": "success"}
    assert (cli.root / "here" / "people").is_dir()


def test_a_killed_run_knows_what_it_was_asked_for(hygge: Any, cli: Any) -> None:
    killed = cli(
        "run", "shop.people", "--set", "shop.store.path=here",
        environment={"HYGGE_FAILPOINT": "kill:engine.planned"},
    )  # fmt: skip
    assert killed.returncode == -9
    assert moved(hygge("retry", "--output", "json")) == {"people": "success"}
    assert (cli.root / "here" / "people").is_dir()


def test_a_secret_among_the_settings_is_not_kept_and_has_to_be_said_again(hygge: Any, cli: Any) -> None:
    setting = "shop.home.password=hunter2"
    (cli.root / "data" / "orders.json").unlink()
    assert hygge("run", "shop.orders", "--set", setting).code == 1
    kept = b"".join(path.read_bytes() for path in cli.root.rglob("*") if path.is_file())
    assert b"hunter2" not in kept
    assert "--set 'shop.home.password=***'" in hygge("runs", "last").out
    refused = hygge("retry", "--output", "json")
    assert (refused.code, refused.document["error"]["code"]) == (2, "HYG108")
    assert "--set shop.home.password=VALUE" in refused.document["error"]["message"]
    assert hygge("retry", "--set", setting).code == 1


def test_what_a_killed_run_had_begun_is_retried(hygge: Any, cli: Any) -> None:
    assert hygge("run", "shop.people").code == 0
    killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:engine.planned"})
    assert killed.returncode == -9
    done = hygge("retry", "--output", "json")
    assert moved(done) == {"orders": "success"}


def test_what_a_killed_run_had_sealed_is_finished_by_a_retry(hygge: Any, cli: Any) -> None:
    killed = cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:engine.sealed"})
    assert killed.returncode == -9
    assert moved(hygge("retry", "--output", "json")) == {"orders": "skipped"}
    assert "finished by a later run" in hygge("runs").out


def test_an_entity_that_left_the_project_is_left_out_and_told(half: Any, flow: Any) -> None:
    flow("shop", "run_type: incremental\nwatermark: {column: at}\nkeys: [id]\nentities: [people]")
    done = half("retry")
    assert done.code == 0
    assert "shop.orders is no longer in the project" in done.err


def test_names_that_look_like_globs_are_names(hygge: Any, cli: Any, flow: Any, rows: Any) -> None:
    flow("odd", "entities: ['a[b]', ab]")
    rows("ab", [(1, 1, "x")])
    assert hygge("run", "odd").code == 1
    rows("a[b]", [(1, 1, "x")])
    assert moved(hygge("retry", "--output", "json")) == {"a[b]": "success"}
