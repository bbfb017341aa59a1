"""``hygge plan``: what a run would do, without doing it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hygge.errors import Refused
from hygge.files.store import FileStore
from hygge.model import Job


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_plan_shows_everything_there_is_to_decide_by(hygge: Any) -> None:
    done = hygge("plan", "shop.orders")
    assert done.code == 0
    facts = {line[2:12].strip(): line[13:] for line in done.out.splitlines()[1:]}
    assert done.out.startswith("shop.orders\n")
    assert list(facts) == [
        "mode",
        "source",
        "target",
        "reads",
        "window",
        "splits",
        "replaces",
        "guarantee",
        "columns",
    ]
    assert facts["mode"] == "append (incremental)"
    assert facts["reads"] == "read orders.json"
    assert facts["window"] == "at (int64) from the beginning to 24"
    assert facts["replaces"] == "nothing"
    assert facts["guarantee"].startswith("every row once")


def test_a_plan_touches_nothing(hygge: Any, cli: Any) -> None:
    before = files(cli.root)
    hygge("plan")
    hygge("plan", "--full-drop", "--output", "json")
    assert files(cli.root) == before


def test_a_plan_speaks_of_the_run_that_the_same_words_would_start(hygge: Any) -> None:
    hygge("run")
    window = hygge("plan", "shop.orders", "--output", "json").document["entities"][0]
    assert window["watermark"] == {"column": "at", "type": "int64", "lower": "24", "upper": "24"}
    anew = hygge("plan", "shop.orders", "--full-drop", "--output", "json").document["entities"][0]
    assert anew["mode"] == "replace"
    assert anew["replaces"].startswith("all that is there, last written by job ")


def test_a_plan_lists_what_would_be_refused_beside_what_would_run(hygge: Any, cli: Any) -> None:
    hygge("run", "shop.orders")
    (cli.root / "out" / "people").mkdir()
    (cli.root / "out" / "people" / "theirs.parquet").write_bytes(b"not ours")
    done = hygge("plan")
    assert done.code == 1
    assert "  refused    HYG402: shop.people: the target holds data that hygge did not write" in done.out
    assert "--full-drop --adopt" in done.out
    assert "shop.orders\n  mode " in done.out
    assert "A run would refuse 1 of 2 entities." in done.err
    document = hygge("plan", "--output", "json").document
    assert document["status"] == "failed"
    assert [one["error"] and one["error"]["code"] for one in document["entities"]] == [None, "HYG402"]
    assert hygge("plan", "shop.people", "--full-drop", "--adopt").code == 0


def test_a_plan_tells_what_the_store_could_never_hold(hygge: Any, cli: Any) -> None:
    flow = cli.root / "flows" / "shop.yml"
    flow.write_text(flow.read_text().replace("parquet", "csv") + 'polish: {rename: {note: "a\\0b"}}\n')
    assert hygge("plan").code == 1
    assert "refused    HYG405: CSV cannot hold a column named 'a\\x00b'" in hygge("plan", "shop.orders").out


def test_a_plan_knows_of_a_reset_behind_what_a_killed_run_left(hygge: Any, cli: Any) -> None:
    assert hygge("run").code == 0
    assert hygge("state", "reset", "shop.orders").code == 0
    cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:engine.planned"})
    (planned,) = hygge("plan", "shop.orders", "--output", "json").document["entities"]
    assert "first removes what job" in planned["notes"][0]
    assert planned["mode"] == "replace"


def test_a_plan_asks_nothing_of_a_target_that_an_earlier_job_will_change_first(
    hygge: Any, cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("run", "shop.orders", environment={"HYGGE_FAILPOINT": "kill:engine.sealed"})

    def foresee(self: FileStore, job: Job) -> None:
        raise Refused(f"{job.entity} as it stands", code="HYG405", remedy="")

    monkeypatch.setattr(FileStore, "foresee", foresee)
    planned = {one["entity"]: one["error"] for one in hygge("plan", "--output", "json").document["entities"]}
    assert planned["orders"] is None
    assert planned["people"]["message"] == "people as it stands"


def test_a_driver_that_is_missing_ends_a_plan_with_3(hygge: Any, cli: Any) -> None:
    (cli.root / "flows" / "needy.yml").write_text(
        "home: {type: needy, path: x}\nstore: {type: parquet, path: out}\n"
    )
    done = hygge("plan", "needy")
    assert done.code == 3
    assert "no_such_driver" in done.out + done.err


def test_settings_change_what_is_planned(hygge: Any) -> None:
    done = hygge("plan", "shop.orders", "--set", "shop.run_type=full_drop")
    assert "replace (full_drop)" in done.out


def test_a_preview_shows_the_first_rows_as_the_store_will_see_them(hygge: Any, cli: Any) -> None:
    polish = "polish.constants=[{name: origin, value: shop}]"
    done = hygge("plan", "shop.orders", "--preview", "2", "--set", f"shop.{polish}")
    assert done.code == 0
    lines = done.out[done.out.index("  rows ") :].splitlines()
    assert lines[0].split()[-1] == "origin"
    assert [line.split()[-1] for line in lines[1:3]] == ["shop", "shop"]
    document = hygge("plan", "shop.orders", "--preview", "2", "--output", "json").document["entities"][0]
    assert len(document["rows"]) == 2
    assert len(document["rows"][0]) == len(document["columns"])


@pytest.mark.parametrize(
    ("words", "window"), [(("--to", "7"), (None, "7")), (("--from", "3"), ("3", "24")), ((), ("24", "24"))]
)
def test_either_end_of_a_window_can_be_left_to_hygge(
    hygge: Any, words: tuple[str, ...], window: tuple[str | None, str]
) -> None:
    assert hygge("run", "shop.orders").code == 0
    (entity,) = hygge("plan", "shop.orders", *words, "--output", "json").document["entities"]
    assert (entity["watermark"]["lower"], entity["watermark"]["upper"]) == window


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_an_empty_end_of_a_window_is_no_value(hygge: Any, option: str) -> None:
    """Such as of a variable that is not set: it must not become a run without a window."""
    assert hygge("run", "shop.orders").code == 0
    done = hygge("run", "shop.orders", option, "", "--output", "json")
    assert done.code == 1
    assert done.document["entities"][0]["error"]["code"] == "HYG105"


def test_a_missing_driver_beside_another_refusal_is_one_of_several(hygge: Any, cli: Any) -> None:
    text = "home: {type: needy, path: x}\nstore: {type: parquet, path: out-needy}\n"
    (cli.root / "flows" / "needy.yml").write_text(text)
    (cli.root / "data" / "orders.json").unlink()
    assert hygge("plan", "needy").code == 3
    assert hygge("plan").code == 1
