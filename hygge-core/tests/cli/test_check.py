"""``hygge check``: everything is really opened, each fault has its fix."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from hygge.errors import TransientError
from hygge.files.local import LocalFileSystem
from hygge.files.store import FileStore
from hygge.model import Target, TargetState


def wrong(done: Any) -> list[dict[str, Any]]:
    return [found for found in done.document["findings"] if not found["ok"]]


def test_a_source_that_no_longer_knows_where_the_last_run_stood_is_told(counting: Any, cli: Any) -> None:
    assert counting("check", "new").code == 0
    (cli.root / "in" / "1.csv").write_text("id\n1\n2\n")
    assert "HYG307" in counting("plan", "new").out
    assert "HYG307" in counting("check", "new").out
    assert counting("state", "reset", "new.new").code == 0
    assert counting("check", "new").code == 0


def test_the_position_in_another_source_is_not_asked_for(hygge: Any, cli: Any) -> None:
    flow = "home: {type: csv, path: in1}\nstore: {type: parquet, path: lake}\nrun_type: incremental\n"
    for folder, text in (("in1", "id\n1\n"), ("in2", "id\n1\n2\n")):
        (cli.root / folder).mkdir()
        (cli.root / folder / "1.csv").write_text(text)
        (cli.root / "flows" / "new.yml").write_text(flow.replace("in1", folder))
        hygge("run", "new")
    said = hygge("check", "new").out
    assert "HYG406" in said
    assert "HYG307" not in said


def test_what_an_append_could_not_take_is_told_and_what_is_amiss_as_well(hygge: Any, cli: Any) -> None:
    (cli.root / "in").mkdir()
    (cli.root / "in" / "1.csv").write_text("id\n1\n")
    home = "home: {type: csv, path: in, changed: reread, types: {idd: int64}}\n"
    (cli.root / "flows" / "new.yml").write_text(
        f"{home}store: {{type: parquet, path: lake}}\nrun_type: incremental\n"
    )
    assert hygge("run", "new").code == 0
    done = hygge("check", "new")
    assert done.code == 0
    assert "types declares 'idd'" in done.out
    (cli.root / "in" / "1.csv").write_text("id\n1\n2\n")
    assert "HYG405" in hygge("check", "new").out


def test_a_sound_project_has_nothing_to_mend(hygge: Any) -> None:
    done = hygge("check")
    assert done.code == 0
    assert "All well" in done.err
    assert "WRONG" not in done.out
    for part in ("journal", "shop.orders home", "shop.orders store", "shop.people home", "shop.people store"):
        assert part in done.out
    assert hygge("run").code == 0
    assert hygge("check").code == 0


def test_checking_moves_nothing(hygge: Any, cli: Any) -> None:
    hygge("check")
    assert not (cli.root / "out").exists()
    assert hygge("runs", "--output", "json").document == {"runs": []}


def test_a_missing_source_is_one_finding_with_its_fix_and_hides_no_other(hygge: Any, cli: Any) -> None:
    (cli.root / "data" / "orders.json").unlink()
    done = hygge("check", "--output", "json")
    assert done.code == 1
    assert [(found["subject"], found["fix"]) for found in wrong(done)] == [
        ("shop.orders home: file", "Write it.")
    ]
    text = hygge("check")
    assert "WRONG shop.orders home: file: orders.json is missing\n      Write it." in text.out
    assert "1 of 6 findings to mend" in text.err
    assert "ok    shop.people home" in text.out


def test_columns_that_the_flow_relies_on_are_looked_for(hygge: Any, flow: Any) -> None:
    flow("shop", "run_type: incremental\nwatermark: {column: changed}\nkeys: [nr]\nentities: [orders]")
    (found,) = wrong(hygge("check", "--output", "json"))
    assert found["message"] == "HYG302: nr, changed not among the columns read"
    assert "id, at, note" in found["fix"]


def test_what_hygge_did_not_write_is_found(hygge: Any, cli: Any) -> None:
    (cli.root / "out" / "orders").mkdir(parents=True)
    (cli.root / "out" / "orders" / "theirs.parquet").write_bytes(b"not ours")
    done = hygge("check", "--output", "json")
    assert done.code == 1
    assert any("HYG402" in found["message"] and "--adopt" in found["fix"] for found in wrong(done))


def test_a_stranger_s_file_beside_what_is_appended_stops_nothing(hygge: Any, cli: Any) -> None:
    hygge("run")
    (cli.root / "out" / "orders" / "notes.txt").write_text("mine")
    assert hygge("check").code == 0
    assert hygge("run").code == 0
    assert (cli.root / "out" / "orders" / "notes.txt").read_text() == "mine"


def test_data_that_was_lost_is_found(hygge: Any, cli: Any) -> None:
    hygge("run")
    for file in (cli.root / "out" / "orders").glob("*.parquet"):
        file.unlink()
    done = hygge("check", "--output", "json")
    assert done.code == 1
    assert any("HYG404" in found["message"] and "--full-drop" in found["fix"] for found in wrong(done))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_journal_that_cannot_be_written_is_found(hygge: Any, cli: Any) -> None:
    cli.root.chmod(0o500)
    try:
        assert "journal" in wrong(hygge("check", "--output", "json"))[0]["subject"]
    finally:
        cli.root.chmod(0o700)


def test_a_journal_whose_place_takes_no_lease_is_found(hygge: Any, cli: Any) -> None:
    (cli.root / ".hygge_journal").mkdir()
    (cli.root / ".hygge_journal" / "leases").write_text("a file where the folder should be")
    done = hygge("check", "--output", "json")
    assert done.code == 1
    assert [found["subject"] for found in wrong(done)] == ["journal"]


def test_a_journal_on_a_disk_without_locks_is_found(hygge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda handle, how: None)
    done = hygge("check", "--output", "json")
    assert done.code == 1
    assert "HYG504" in wrong(done)[0]["message"]


def test_a_damaged_journal_is_found(hygge: Any, cli: Any) -> None:
    hygge("run")
    (segment,) = cli.root.glob(".hygge_journal/log/*")
    segment.write_bytes(b"garbage\n" + segment.read_bytes())
    for left in cli.root.glob(".hygge_journal/heads*"):
        left.unlink()
    done = hygge("check", "--output", "json")
    assert done.code == 1
    assert [found["subject"] for found in wrong(done)] == ["journal"]
    assert "HYG502" in wrong(done)[0]["message"]


def test_a_run_under_way_is_no_fault(hygge: Any, cli: Any) -> None:
    folder = LocalFileSystem(Path(cli.root) / ".hygge_journal")
    hygge("check")
    (lock,) = cli.root.glob(".hygge_journal/leases/*")
    with folder.lock(f"leases/{lock.name}", {"pid": "4711", "host": "elsewhere"}):
        done = hygge("check")
    assert done.code == 0
    assert "4711" in done.out


def test_a_place_that_does_not_answer_is_asked_once_and_told_once(
    hygge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def silent(self: FileStore, target: Target) -> TargetState:
        asked.append(target.entity)
        raise TransientError("the line is down", remedy="Call the operator.")

    monkeypatch.setattr(FileStore, "state", silent)
    done = hygge("check")
    assert done.code == 1
    assert asked == ["orders"]
    said = "WRONG shop.orders store, shop.people store: HYG306: the line is down\n      Call the operator."
    assert said in done.out
    assert done.out.count("the line is down") == 1
    assert "2 of" in done.err
    assert len(wrong(hygge("check", "--output", "json"))) == 2


def test_a_driver_that_is_missing_ends_with_3_and_hides_no_other_finding(hygge: Any, cli: Any) -> None:
    text = "home: {type: needy, path: x}\nstore: {type: parquet, path: out}\n"
    (cli.root / "flows" / "needy.yml").write_text(text)
    done = hygge("check", "--output", "json")
    assert done.code == 3
    (found,) = wrong(done)
    assert found["subject"] == "needy.needy home"
    assert "pip install" in found["fix"]


@pytest.mark.parametrize("command", ["check", "plan", "run"])
def test_a_store_that_cannot_do_what_is_asked_is_a_wrong_configuration(
    hygge: Any, flow: Any, command: str
) -> None:
    flow("shop", "run_type: incremental\nwatermark: {column: at}\nkeys: [id]\nwrite: upsert")
    done = hygge(command)
    assert done.code == 2
    assert "flows/shop.yml:6:8: a store of type `parquet` cannot upsert" in done.err


@pytest.mark.parametrize("place", ["out", "out/orders", "out/.hygge"])
@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_file_where_the_store_needs_a_folder_is_found(
    hygge: Any, cli: Any, command: str, place: str
) -> None:
    (cli.root / place).parent.mkdir(exist_ok=True)
    (cli.root / place).write_text("a file where the folder should be")
    done = hygge(command, "shop.orders")
    assert done.code == 1
    assert f"/{place} is no folder, and one is needed there" in done.out
    assert "Set store.path to a folder, or move that file away." in done.out


def test_a_file_above_the_store_s_folder_is_found(hygge: Any, cli: Any, flow: Any) -> None:
    (cli.root / "out-x").write_text("a file")
    flow("x", "entities: [orders]")
    text = (cli.root / "flows" / "x.yml").read_text()
    (cli.root / "flows" / "x.yml").write_text(text.replace("out-x", "out-x/deep/er"))
    assert "/out-x is no folder, and one is needed there" in hygge("check", "x").out
