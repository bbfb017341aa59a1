"""What a run asks of a home, and what it does not do with an answer that would double rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from numbered import INCREMENTAL, rows

from hygge import schemas
from hygge.events import Event
from hygge.files.local import LocalFileSystem
from hygge.files.store import FileStore
from hygge.journal import FileJournal
from hygge.model import Plan, ReadRequest, Target
from hygge.plugins import Registry


def planning(toys: Any, monkeypatch: pytest.MonkeyPatch, **told: Any) -> list[ReadRequest]:
    """Gets each request from now on; the plans say what is told besides."""
    asked: list[ReadRequest] = []
    plan = toys.ScriptedHome.plan

    def noted(self: Any, request: ReadRequest) -> Plan:
        asked.append(request)
        return replace(plan(self, request), **told)

    monkeypatch.setattr(toys.ScriptedHome, "plan", noted)
    return asked


def test_a_home_is_told_the_schema_that_was_committed_and_whoever_starts_over_tells_none(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a home that looks at some rows only keeps to the types that it found the first time."""
    asked = planning(toys, monkeypatch)
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1)
    for options in ({}, {}, {"run_type": "full_drop"}):
        bench.one(**options)
    first, second, anew = (request.pinned for request in asked)
    assert (first, anew) == (None, None)
    assert second


@pytest.fixture
def counting(bench: Any) -> Any:
    """A flow whose home knows by itself what is new."""
    bench.flow("run_type: incremental\n")
    flow = bench.root / "flows" / "f.yml"
    flow.write_text(flow.read_text().replace("type: scripted", "type: counting"))
    bench.source.rows = rows(1, 2)
    return bench


def test_rows_that_come_again_are_not_appended(
    counting: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        planning(toys, first, position="a")
        assert counting.one().status == "success"
    asked = planning(toys, monkeypatch, position="b", repeats=True)
    error = counting.one().error
    assert (error["code"], asked[0].position) == ("HYG405", "a")
    assert "`hygge run f.f --full-drop`" in error["message"]
    assert counting.landed() == Counter(rows(1, 2))
    assert counting.one(run_type="full_drop").status == "success"


def test_where_a_home_stood_is_kept_with_each_attempt(
    counting: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning(toys, monkeypatch, position="a")
    counting.one()
    counting.source.rows = []
    assert counting.one().status == "skipped"
    journal = FileJournal(LocalFileSystem(counting.root / ".hygge_journal"), "reader", {})
    assert [(row.status, row.position) for row in journal.rows()] == [("skipped", "a"), ("success", "a")]


def test_a_load_without_a_position_is_not_gone_on_from(
    counting: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counting.one().status == "success"
    planning(toys, monkeypatch, position="b")
    assert counting.one().error["code"] == "HYG407"
    assert counting.one(run_type="full_drop").status == "success"


def test_a_source_without_columns_moves_nothing(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning(toys, monkeypatch, schema=schemas.pack(pa.schema([])))
    error = bench.one().error
    assert error["code"] == "HYG302"
    assert "no columns" in error["message"]


def test_a_watermark_of_another_type_is_not_compared_with_the_committed_one(bench: Any) -> None:
    bench.flow(INCREMENTAL)
    bench.source.rows = rows(1, 2)
    bench.one()
    bench.source.schema = pa.schema([("id", pa.int64()), ("at", pa.string()), ("note", pa.string())])
    bench.source.rows = [(3, "10", "by its text it is less than 2")]
    error = bench.one().error
    assert error["code"] == "HYG407"
    assert "at of type int64, the flow now has at of type string" in error["message"]


def test_observers_of_plugins_hear_of_a_run(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Event] = []
    monkeypatch.setattr(Registry, "emit", lambda self, event: heard.append(event))
    bench.source.rows = rows(1)
    bench.one()
    kinds = [event.kind for event in heard]
    assert (kinds[0], kinds[-2:]) == ("run_started", ["entity_ended", "run_ended"])
    assert [event.result.status for event in heard if event.result] == ["success"]


def test_a_driver_that_fails_unexpectedly_where_an_end_is_journaled_fails_its_entity_alone(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = FileJournal.append

    def broken(self: FileJournal, entries: Any) -> None:
        if entries[0].entity == "a" and entries[0].kind != "planned":
            raise ZeroDivisionError("a bug")
        append(self, entries)

    monkeypatch.setattr(FileJournal, "append", broken)
    bench.flow("entities: [a, b]")
    bench.source.rows = rows(1)
    a, b = bench.run(concurrency=1).entities
    assert (a.status, a.error["code"], b.status) == ("failed", "HYG900", "success")


def test_what_only_stands_for_a_glob_is_not_looked_at(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Target] = []
    survey = FileStore.survey

    def noted(self: FileStore, targets: Any) -> Any:
        looked.extend(targets)
        return survey(self, targets)

    monkeypatch.setattr(FileStore, "survey", noted)
    bench.flow("entities: [a, b, '*']")
    bench.source.names = None  # it cannot be listed
    bench.source.rows = rows(1)
    assert {e.entity: e.status for e in bench.run().entities} == {
        "a": "success",
        "b": "success",
        "*": "failed",
    }
    assert {target.entity for target in looked} <= {"a", "b"}
