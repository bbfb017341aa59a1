"""Journal, target and flow agree, or the refusal offers only ways out that are open."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from numbered import INCREMENTAL, rows

from hygge.config.model import DriftConfig, WatermarkConfig
from hygge.engine.preflight import Footing, footing
from hygge.errors import ConfigurationError, HyggeError
from hygge.files.store import FileStore
from hygge.flow.item import Item
from hygge.model import Head, Receipt, Target, TargetState
from hygge.testing.journal_entries import attempt

Make = Callable[..., Item]
_, _, FOUND, _ = attempt("e", 4)
SOURCE, TARGET = FOUND.source_identity, FOUND.target_identity


@pytest.fixture
def following(item: Make) -> Item:
    """An entity that appends what is new."""
    return item(
        run_type="incremental", watermark=WatermarkConfig(column="at"), home_can={"incremental": True}
    )


def known(following: Item, **changed: Any) -> Receipt:
    """The receipt of a load of this very entity."""
    return replace(FOUND, reading=following.reading(), **changed)


def refusal(item: Item, head: Head, state: TargetState, source: str = SOURCE, target: str = TARGET) -> str:
    """Code, message and remedy of what the next run would raise."""
    with pytest.raises(HyggeError) as caught:
        footing(item, head, state, source, target)
    return f"{caught.value.code} {caught.value}"


@pytest.mark.parametrize("target", ["file:///lake", "file:///lake/a%20b"])
def test_an_entity_is_not_written_into_what_it_is_read_from(item: Make, target: str) -> None:
    """Of a folder that is read, the one below it that bears the entity's name is read next time, too."""
    assert refusal(item("a b"), Head(), TargetState(), "file:///lake", target).startswith("HYG114")


def agrees(
    item: Make, source: str, *, home: str = "csv", target: str = "data/out/orders", **store: str
) -> bool:
    """Whether a flow of ``orders`` from files to files of ``store`` is let through."""
    same = item("orders", home_name=home, store_name=store.pop("type", home), store=store)
    with contextlib.suppress(ConfigurationError):
        footing(same, Head(), TargetState(), f"file:///{quote(source)}", f"file:///{target}")
        return True
    return False


@pytest.mark.parametrize(
    "source",
    [
        "data/**", "data/*/*", "data/*/*/*", "**/orders", "data/**/*.csv", "data/**/part-*", "data/o*/**",
        "data/out/order?", "data/out/[a-z]rders", "data/out/orders",
    ],
)  # fmt: skip
def test_a_glob_that_finds_the_destination_is_refused(item: Make, source: str) -> None:
    assert not agrees(item, source)


@pytest.mark.parametrize("source", ["data/*", "data/x/**", "data/**/*.tsv", "data/*/x*", "da/**"])
def test_a_glob_that_finds_something_else_is_not(item: Make, source: str) -> None:
    assert agrees(item, source)


@pytest.mark.parametrize("target", ["data/_out/orders", "data/.out/orders", "lake/orders"])
def test_what_a_glob_passes_over_may_be_written(item: Make, target: str) -> None:
    assert agrees(item, "data/**", target=target)


def test_a_glob_is_held_against_the_names_that_the_store_gives(item: Make) -> None:
    assert not agrees(item, "data/**/*.csv.gz", compression="gzip")
    assert agrees(item, "data/*/*/*.csv", compression="gzip")
    assert agrees(item, "data/**", type="parquet")
    assert not agrees(item, "data/**/*.parquet", home="adls")
    assert not agrees(item, "data/**/*.parquet", home="parquet", compression="zstd")
    assert not agrees(item, "data/**/*.ndjson", home="ndjson", type="adls", format="ndjson")


def test_the_first_load_adds_nothing_to_what_hygge_did_not_write(following: Item) -> None:
    assert refusal(following, Head(), TargetState(foreign="mine.csv")).startswith("HYG402")


def test_a_full_drop_that_nobody_asked_for_replaces_nothing_that_hygge_did_not_write(item: Make) -> None:
    said = refusal(item(), Head(receipt=FOUND), TargetState(receipt=FOUND, foreign="mine.csv"))
    assert said.startswith("HYG402")


def test_the_way_to_load_anew_is_one_that_replaces_what_lies_beside_it_too(following: Item) -> None:
    receipt = known(following)
    state = TargetState(receipt=receipt, damage="a file is gone", foreign="mine.csv")
    assert "`hygge run f.e --full-drop --adopt`" in refusal(following, Head(receipt=receipt), state)
    tidy = replace(state, foreign=None)
    assert "`hygge run f.e --full-drop`" in refusal(following, Head(receipt=receipt), tidy)


@pytest.mark.parametrize("damage", [None, "a file is gone"])
def test_what_was_restored_can_be_gone_on_from_unless_it_is_damaged(
    following: Item, damage: str | None
) -> None:
    head = Head(receipt=known(following, number=FOUND.number + 1, job_id="later"))
    said = refusal(following, head, TargetState(receipt=known(following), damage=damage))
    assert said.startswith("HYG403")
    assert ("state adopt" in said) == (damage is None)


def test_a_destination_that_moved_can_be_adopted_only_where_there_is_something(following: Item) -> None:
    head = Head(receipt=known(following))
    assert "state adopt" not in refusal(following, head, TargetState(), target="none:elsewhere")
    moved = refusal(following, head, TargetState(receipt=head.receipt), source="none:elsewhere")
    assert "state adopt" in moved


def test_what_has_moved_and_follows_another_column_now_has_to_be_loaded_anew(following: Item) -> None:
    before = known(following)
    head = Head(receipt=replace(before, reading={**before.reading, "watermark": '"id"'}))
    said = refusal(following, head, TargetState(receipt=head.receipt), source="none:elsewhere")
    assert said.startswith("HYG406")
    assert "state adopt" not in said


def test_what_an_older_hygge_did_not_write_down_is_no_change(following: Item) -> None:
    reading = {name: value for name, value in following.reading().items() if name != "limit"}
    receipt = replace(FOUND, reading=reading)
    found = footing(following, Head(receipt=receipt), TargetState(receipt=receipt), SOURCE, TARGET)
    assert found == Footing(run_type="incremental", base=receipt, last=receipt)


def test_what_another_journal_has_loaded_is_not_taken_for_ours_by_its_number(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    journal = bench.root / ".hygge_journal"
    journal.rename(bench.root / "ours")
    shutil.rmtree(bench.root / "out")
    bench.source.rows = rows(7)
    bench.one()
    shutil.rmtree(journal)
    (bench.root / "ours").rename(journal)
    bench.source.rows = rows(1, 2, 7, 8)
    result = bench.one()
    assert result.error["code"] == "HYG403"
    assert "hygge state adopt f.f" in result.error["message"]


def test_what_a_lost_journal_has_read_back_it_knows_from_then_on(bench: Any) -> None:
    """Also where the run that read it back had nothing to move."""
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    shutil.rmtree(bench.root / ".hygge_journal")
    assert bench.one().status == "skipped"
    shutil.rmtree(bench.root / "out")
    assert bench.one().error["code"] == "HYG403"


def test_a_refused_load_has_read_nothing(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    folder = bench.root / "out" / "f"
    folder.mkdir(parents=True)
    (folder / "mine.parquet").write_bytes(b"precious")
    bench.source.rows = rows(1)
    assert bench.one().error["code"] == "HYG402"
    assert bench.source.reads == 0


def test_what_is_loaded_whole_each_time_can_go_on_at_a_new_address_however_it_is_defined(item: Make) -> None:
    whole = item()
    reading = {**whole.reading(), "watermark": '"at"', "columns": '["id"]'}
    receipt = replace(FOUND, reading=reading)
    said = refusal(whole, Head(receipt=receipt), TargetState(receipt=receipt), source="none:elsewhere")
    assert "state adopt" in said


@pytest.mark.parametrize(
    "drift", [DriftConfig(), DriftConfig(add_columns="stop"), DriftConfig(drop_columns="stop")]
)
@pytest.mark.parametrize("adds", [True, False])
@pytest.mark.parametrize("keys", [("id",), ()])
def test_other_columns_can_be_adopted_where_the_next_run_would_take_them(
    item: Make, drift: DriftConfig, adds: bool, keys: tuple[str, ...]
) -> None:
    """Rows must be told apart by keys, the store must add columns, and the flow must let it."""
    following = item(
        run_type="incremental",
        watermark=WatermarkConfig(column="at"),
        home_can={"incremental": True},
        store_can={"modes": frozenset({"replace", "append"}), "add_columns": adds},
        keys=keys,
        drift=drift,
    )
    receipt = known(following)
    head = Head(receipt=replace(receipt, reading={**receipt.reading, "columns": '["id"]'}))
    said = refusal(following, head, TargetState(receipt=head.receipt))
    assert said.startswith("HYG406")
    assert ("state adopt" in said) == (adds and bool(keys) and drift == DriftConfig())


def test_identities_that_a_rival_has_tidied_away_are_a_race_and_no_damage(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.flow("run_type: incremental\nwatermark: {column: at, lookback: 3}\n")
    bench.source.rows = rows(*range(100))
    bench.one()
    bench.source.rows = rows(*range(110))
    look = FileStore.state

    def overtaken(self: FileStore, target: Target) -> TargetState:
        found = look(self, target)
        return replace(found, receipt=replace(found.receipt, job_id="another")) if found.receipt else found

    def gone(self: FileStore, receipt: Receipt) -> bytes:
        if rivals:
            monkeypatch.setattr(FileStore, "state", overtaken)
        return b""

    monkeypatch.setattr(FileStore, "overlap", gone)
    rivals = False
    assert bench.one().error["code"] == "HYG404"
    rivals = True
    assert bench.one().error["code"] == "HYG401"
