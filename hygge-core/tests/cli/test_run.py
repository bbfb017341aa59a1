"""``hygge run``: what is moved, and what is told about it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hygge.errors import NeedsUser, StopEntity
from hygge.files.store import FileStore
from hygge.model import Receipt, TargetState
from hygge.version import __version__

if TYPE_CHECKING:
    import pytest


def statuses(done: Any) -> dict[str, str]:
    return {one["entity"]: one["status"] for one in done.document["entities"]}


def test_a_selection_moves_what_it_names(hygge: Any) -> None:
    assert statuses(hygge("run", "shop.orders", "--output", "json")) == {"orders": "success"}
    assert statuses(hygge("run", "shop", "--exclude", "*.orders", "--output", "json")) == {
        "people": "success"
    }


def test_the_command_line_decides_on_the_run_type(hygge: Any) -> None:
    hygge("run")
    done = hygge("run", "--full-drop", "--output", "json")
    assert [(one["run_type"], one["mode"]) for one in done.document["entities"]] == [
        ("full_drop", "replace"),
        ("full_drop", "replace"),
    ]
    assert statuses(hygge("run", "--incremental", "--output", "json")) == {
        "orders": "skipped",
        "people": "skipped",
    }


def test_the_table_shows_each_entity_and_the_last_line_how_it_went(hygge: Any) -> None:
    done = hygge("run")
    header, *lines = done.out.splitlines()
    assert header.split("  ")[0] == "entity"
    took = r"(\d+\.\d s|\d+ ms)"
    assert re.fullmatch(rf"shop\.orders +success +append +25 +25 +{took} +verified +at 24", lines[0])
    assert re.fullmatch(rf"All is home: 2 entities settled, 30 rows moved in {took}\.", done.err.strip())
    assert "Nothing new: 2 entities up to date" in hygge("run").err


def test_what_several_fail_of_is_told_once(hygge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(self: FileStore, *_: object) -> TargetState:
        raise StopEntity("the cellar is locked", remedy="Ask for the key.")

    monkeypatch.setattr(FileStore, "ready", locked)
    done = hygge("run")
    assert done.code == 1
    assert ": shop.orders, shop.people: the cellar is locked\n  Ask for the key.\n\n2 entities" in done.err


def test_fail_fast_stops_the_others(hygge: Any, flow: Any) -> None:
    flow("many", "entities: [missing, orders]")
    done = hygge("run", "many", "--fail-fast", "--concurrency", "1", "--output", "json")
    assert done.code == 1
    assert statuses(done) == {"missing": "failed", "orders": "aborted"}
    assert "1 entity failed, 1 entity stopped" in done.err


def test_data_that_hygge_did_not_write_is_replaced_only_when_told_so(hygge: Any, cli: Any) -> None:
    (cli.root / "out" / "orders").mkdir(parents=True)
    (cli.root / "out" / "orders" / "theirs.parquet").write_bytes(b"not ours")
    refused = hygge("run", "shop.orders")
    assert refused.code == 1
    assert "hygge run shop.orders --full-drop --adopt" in refused.err
    assert hygge("run", "shop.orders", "--full-drop", "--adopt").code == 0


def test_settings_count_for_this_run_alone(hygge: Any) -> None:
    assert "elsewhere" in hygge("plan", "shop.orders", "--set", "shop.store.path=elsewhere").out
    assert "elsewhere" not in hygge("plan", "shop.orders").out
    wrong = hygge("run", "--set", "shop.run_type=sideways")
    assert wrong.code == 2
    assert "--set" in wrong.err


def test_the_project_is_found_from_a_folder_inside_and_by_name(
    hygge: Any, cli: Any, monkeypatch: Any
) -> None:
    assert hygge("run", "--project", str(cli.root / "flows")).code == 0
    monkeypatch.chdir(cli.root / "flows")
    assert hygge("runs").code == 0


def test_the_script_is_installed() -> None:
    script = Path(sys.executable).with_name("hygge")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"hygge {__version__}\n"


def test_a_sealed_job_that_can_never_land_is_told_with_its_way_out(
    hygge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: FileStore, *_: object) -> Receipt:
        raise NeedsUser("an index forbids it", code="HYG411", remedy="Drop it.")

    monkeypatch.setattr(FileStore, "commit", refused)
    for _ in range(2):  # by the run that sealed it, and by the one that finds it
        said = hygge("run", "shop.orders").err
        assert "Drop it. What is sealed stays as it is and is committed first" in said
        assert "`hygge state discard shop.orders` gives it up" in said
