"""What a run builds on: journal, target and definition agree, and a target is one entity's."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import Any

import pytest
from numbered import INCREMENTAL, rows

from hygge.errors import (
    ConfigurationError,
)


def test_two_entities_on_one_target_are_refused_before_anything_is_touched(bench: Any) -> None:
    bench.flow("entities: [{name: f}, {name: g, store: {path: out, type: parquet}}]")
    bench.flow("entities: [f]", name="other")
    with pytest.raises(ConfigurationError) as caught:
        bench.run()
    assert caught.value.code == "HYG112"
    assert "f.f" in caught.value.message
    assert "other.f" in caught.value.message
    assert not (bench.root / "out").exists()


def test_a_lost_journal_is_read_back_from_the_receipts(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    shutil.rmtree(bench.root / ".hygge_journal")
    bench.source.rows += rows(3)
    assert bench.one().rows_written == 1
    assert bench.landed() == Counter(bench.source.rows)


def test_a_journal_of_yesterday_doubles_nothing(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    shutil.copytree(bench.root / ".hygge_journal", bench.root / "yesterday")
    bench.source.rows += rows(3)
    bench.one()
    shutil.rmtree(bench.root / ".hygge_journal")
    (bench.root / "yesterday").rename(bench.root / ".hygge_journal")
    bench.source.rows += rows(4)
    assert bench.one().rows_written == 1
    assert bench.landed() == Counter(bench.source.rows)


@pytest.mark.parametrize("lost", ["out", "out/f"])
def test_a_lost_destination_stops_the_entity_until_the_user_decides(bench: Any, lost: str) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    shutil.rmtree(bench.root / lost)
    result = bench.one()
    assert result.error["code"] in ("HYG403", "HYG404")
    assert "--full-drop" in result.error["message"]
    assert bench.one(run_type="full_drop").status == "success"
    assert bench.landed() == Counter(rows(1, 2))


def test_a_lost_file_is_noticed_before_anything_is_added(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1)
    bench.one()
    next((bench.root / "out" / "f").glob("*.parquet")).unlink()
    bench.source.rows += rows(2)
    assert bench.one().error["code"] == "HYG404"


def test_data_that_hygge_did_not_write_is_replaced_only_with_adopt(bench: Any) -> None:
    folder = bench.root / "out" / "f"
    folder.mkdir(parents=True)
    (folder / "mine.parquet").write_bytes(b"precious")
    bench.source.rows = rows(1)
    assert bench.one().error["code"] == "HYG402"
    assert (folder / "mine.parquet").read_bytes() == b"precious"
    assert bench.one(adopt=True).status == "success"
    assert bench.landed() == Counter(rows(1))


@pytest.mark.parametrize(
    "changed",
    ["keys: [id]", "where: 'id > 1'", "columns: [id, at]", "home: {type: scripted, source: s, query: x}"],
)
def test_a_changed_definition_stops_an_incremental_flow_with_the_choices(bench: Any, changed: str) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1)
    bench.one()
    text = (bench.root / "flows" / "f.yml").read_text()
    if changed.startswith("home"):
        text = text.split("\n", 1)[1]
    (bench.root / "flows" / "f.yml").write_text(f"{changed}\n{text}")
    result = bench.one()
    assert result.error["code"] == "HYG406"
    assert "--full-drop" in result.error["message"]
    # without keys rows are told by all their columns
    assert ("state adopt" in result.error["message"]) == (not changed.startswith("columns"))


def test_a_moved_source_or_destination_stops_the_flow(bench: Any, toys: Any) -> None:
    bench.source.rows = rows(1)
    bench.one()
    bench.flow("", store="elsewhere")
    assert "destination has moved" in bench.one().error["message"]
    toys.SOURCES["other"] = toys.Source(rows=rows(2))
    (bench.root / "flows" / "f.yml").write_text(
        "home: {type: scripted, source: other}\nstore: {type: parquet, path: out}\n"
    )
    assert "source has moved" in bench.one().error["message"]
    assert bench.landed() == Counter(rows(1))


@pytest.mark.parametrize("select", [["f"], ["g"], []])
def test_a_target_within_another_is_refused_whichever_is_selected(bench: Any, select: list[str]) -> None:
    bench.flow("entities: [t]")
    bench.flow("entities: [u]", name="g", store="out/t")
    with pytest.raises(ConfigurationError, match="lies within") as caught:
        bench.run(select=select)
    assert caught.value.code == "HYG112"


def test_two_flows_on_one_target_are_refused_also_one_at_a_time(bench: Any) -> None:
    bench.flow("entities: [t]")
    bench.flow("entities: [t]", name="g")
    for select in ["f"], ["g"]:
        with pytest.raises(ConfigurationError, match="settle on one target"):
            bench.run(select=select)


def test_another_project_s_target_within_ours_is_never_replaced(bench: Any) -> None:
    bench.source.rows = rows(1)
    bench.flow("entities: [u]", store="out/t")
    bench.run()
    bench.flow("entities: [t]")
    for adopt in False, True:
        error = bench.one(run_type="full_drop", adopt=adopt).error
        assert error["code"] == "HYG402"
        assert "--adopt" not in error["message"]
    assert (bench.root / "out" / "t" / "u").is_dir()
