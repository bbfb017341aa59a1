"""A flow whose globs cannot be matched fails alone, is journaled, and is retried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def globbed(hygge: Any, cli: Any) -> Any:
    """The command, in a project with a whole flow ``shop`` and ``lake``: all CSV files of ``in``."""
    text = 'home: {type: csv, path: "in/{entity}.csv"}\nstore: {type: parquet, path: lake}\nentities: ["*"]\n'
    (cli.root / "flows" / "lake.yml").write_text(text)
    return hygge


def put(root: Path, *names: str) -> None:
    (root / "in").mkdir(exist_ok=True)
    for name in names:
        (root / "in" / f"{name}.csv").write_text("a\n1\n")


def ends(done: Any) -> dict[str, str]:
    return {f"{one['flow']}.{one['entity']}": one["status"] for one in done.document["entities"]}


WHOLE = {"shop.orders": "success", "shop.people": "success"}


def test_a_home_that_holds_nothing_fails_its_flow_alone(globbed: Any) -> None:
    done = globbed("run", "--output", "json")
    assert (done.code, ends(done)) == (1, {"lake.*": "failed", **WHOLE})
    assert "its home holds no entity that '*' matches" in done.out
    rows = globbed("runs", "--flow", "lake", "--output", "json").document["runs"]
    assert [(row["entity"], row["status"]) for row in rows] == [("*", "failed")]


def test_what_a_glob_matches_is_moved_by_a_retry(globbed: Any, cli: Any) -> None:
    globbed("run")
    put(cli.root, "a", "b")
    done = globbed("retry", "--output", "json")
    assert (done.code, ends(done)) == (0, {"lake.a": "success", "lake.b": "success"})


def test_a_retry_that_meets_the_same_trouble_fails_alike(globbed: Any) -> None:
    globbed("run")
    done = globbed("retry", "--output", "json")
    assert (done.code, ends(done)) == (1, {"lake.*": "failed"})


def test_one_name_that_no_folder_can_have_stops_no_other(globbed: Any, cli: Any) -> None:
    put(cli.root, "a", "b\tc", "d")
    done = globbed("run", "--output", "json")
    assert ends(done) == {"lake.a": "success", "lake.b\tc": "failed", "lake.d": "success", **WHOLE}
    (failed,) = (one["error"] for one in done.document["entities"] if one["error"])
    assert failed["code"] == "HYG113"
    assert 'leave it out: "!b\tc"' in failed["message"]
    assert ends(globbed("retry", "--output", "json")) == {"lake.b\tc": "failed"}


@pytest.mark.parametrize("term", ["lake", "lake.a", "lake.a*", "lake.[*]", "l*"])
def test_every_term_that_could_name_a_match_fails_with_the_flow(globbed: Any, term: str) -> None:
    assert ends(globbed("run", term, "--output", "json")) == {"lake.*": "failed"}


def test_a_term_that_no_glob_of_the_flow_matches_is_refused(globbed: Any, cli: Any) -> None:
    flow = cli.root / "flows" / "lake.yml"
    flow.write_text(flow.read_text().replace('"*"', '"a*"'))
    assert globbed("run", "lake.b", "--output", "json").document["error"]["code"] == "HYG111"


def test_a_match_can_be_excluded_where_nobody_knows_them(globbed: Any) -> None:
    done = globbed("run", "--exclude", "lake.a", "--output", "json")
    assert ends(done) == {"lake.*": "failed", **WHOLE}
    assert ends(globbed("run", "--exclude", "lake.*", "--output", "json")).keys() == WHOLE.keys()


def test_a_flow_that_is_selected_and_excluded_says_so(globbed: Any) -> None:
    done = globbed("run", "lake", "--exclude", "lake", "--output", "json")
    assert "selected is excluded, too" in done.document["error"]["message"]


def test_a_preview_without_rows_says_so(globbed: Any, cli: Any) -> None:
    put(cli.root, "a")
    (cli.root / "in" / "a.csv").write_text("a\n")
    assert "none: there is nothing to read" in globbed("plan", "lake", "--preview", "3").out
    assert "none: there" not in globbed("plan", "lake").out


def test_a_plan_and_a_check_tell_it_beside_the_others(globbed: Any) -> None:
    plans = globbed("plan", "--output", "json").document["entities"]
    assert {f"{one['flow']}.{one['entity']}": bool(one["error"]) for one in plans} == {
        "lake.*": True, "shop.orders": False, "shop.people": False,
    }  # fmt: skip
    done = globbed("check", "--output", "json")
    assert done.code == 1
    wrong = [one for one in done.document["findings"] if not one["ok"]]
    assert [one["subject"] for one in wrong] == ["lake.*"]
    assert wrong[0]["message"].startswith("HYG111")


def test_its_state_cannot_be_named_before_anything_ran(globbed: Any) -> None:
    done = globbed("state", "reset", "lake.a", "--output", "json")
    assert (done.code, done.document["error"]["code"]) == (2, "HYG111")


def entities(cli: Any, *names: str) -> None:
    """Let the flow ``lake`` name these."""
    flow = cli.root / "flows" / "lake.yml"
    text = flow.read_text()
    flow.write_text(text[: text.index("entities:")] + f"entities: {json.dumps(names)}\n")


def test_a_match_that_would_settle_on_another_s_target_fails_alone(globbed: Any, cli: Any) -> None:
    flow = cli.root / "flows" / "lake.yml"
    flow.write_text(flow.read_text().replace("path: lake", "path: out"))
    put(cli.root, "orders", "b")
    done = globbed("run", "--output", "json")
    assert ends(done) == {"lake.orders": "failed", "lake.b": "success", **WHOLE}
    (failed,) = (one["error"] for one in done.document["entities"] if one["error"])
    assert failed["code"] == "HYG112"
    assert all(label in failed["message"] for label in ("shop.orders", "lake.orders"))
    entities(cli, "orders")
    refused = globbed("run", "--output", "json")
    assert (refused.code, refused.document["error"]["code"]) == (2, "HYG112")


def test_what_is_no_longer_there_is_left_out_of_a_retry(globbed: Any, cli: Any) -> None:
    put(cli.root, "a", "b\tc", "d")
    (cli.root / "in" / "a.csv").write_bytes(b"n\n\xff\n")
    assert ends(globbed("run", "lake", "--output", "json"))["lake.d"] == "success"
    (cli.root / "in" / "b\tc.csv").unlink()
    put(cli.root, "a")
    done = globbed("retry", "--output", "json")
    assert ends(done) == {"lake.a": "success"}
    assert "is no longer in the project and is left out" in done.err


def test_a_glob_that_was_corrected_is_retried_as_it_is_now(globbed: Any, cli: Any) -> None:
    put(cli.root, "orders")
    entities(cli, "ordr*")
    assert ends(globbed("run", "lake", "--output", "json")) == {"lake.ordr*": "failed"}
    entities(cli, "order*")
    assert ends(globbed("retry", "--output", "json")) == {"lake.orders": "success"}


def test_of_several_globs_each_fails_and_is_retried(globbed: Any, cli: Any) -> None:
    entities(cli, "a*", "b*")
    failed = {"lake.a*": "failed", "lake.b*": "failed"}
    assert ends(globbed("run", "lake", "--output", "json")) == failed
    put(cli.root, "b1")
    assert ends(globbed("retry", "--output", "json")) == {"lake.b1": "success"}


def test_a_glob_that_matches_nothing_is_refused_where_it_is_all_that_is_asked_for(
    globbed: Any, cli: Any
) -> None:
    entities(cli, "a*", "b*")
    put(cli.root, "b1")
    assert "'lake.a*' matches nothing" in globbed("run", "lake.a*").err


def test_a_glob_that_was_matched_since_is_not_retried_for_ever(globbed: Any, cli: Any) -> None:
    globbed("run", "lake")
    first = globbed("runs", "--output", "json").document["runs"][0]["run_id"]
    put(cli.root, "a")
    globbed("run", "lake")
    assert "moved since" in globbed("retry", first).err


def test_an_entity_that_is_named_in_full_runs_without_the_glob(globbed: Any, cli: Any) -> None:
    entities(cli, "orders", "x*")
    put(cli.root, "orders")
    assert ends(globbed("run", "lake.orders", "--output", "json")) == {"lake.orders": "success"}


def test_a_glob_that_failed_once_is_no_entity(globbed: Any, cli: Any) -> None:
    globbed("run", "lake")
    put(cli.root, "a")
    globbed("run", "lake")
    known = globbed("state", "get", "lake", "--output", "json").document["entities"]
    assert [one["entity"] for one in known] == ["a"]


def test_a_home_that_cannot_even_be_made_is_journaled_and_retried(globbed: Any, cli: Any) -> None:
    flow = cli.root / "flows" / "lake.yml"
    text = flow.read_text()
    flow.write_text(text.replace("type: csv,", "type: csv, types: {a: int7},"))
    assert ends(globbed("run", "lake", "--output", "json")) == {"lake.*": "failed"}
    flow.write_text(text)
    put(cli.root, "a")
    assert ends(globbed("retry", "--output", "json")) == {"lake.a": "success"}
