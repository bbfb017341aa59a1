"""Splits and entities that are under way at one time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from numbered import rows

from hygge.engine.around import Around
from hygge.engine.commit import commit
from hygge.engine.stop import Stop
from hygge.errors import DataError
from hygge.files.local_stores import ParquetStore
from hygge.testing.journal_entries import attempt

JOB, PLAN, _, _ = attempt("e", 1)


def test_one_failing_entity_does_not_stop_the_others(bench: Any, toys: Any) -> None:
    bench.flow("entities: [{name: bad, home: {source: none}}, good]")
    bench.source.rows = rows(1)
    result = bench.run()
    assert result.status == "failed"
    assert {e.entity: e.status for e in result.entities} == {"bad": "failed", "good": "success"}


def test_fail_fast_ends_what_is_under_way(bench: Any, toys: Any) -> None:
    endless = toys.SOURCES["endless"] = toys.Source(rows=rows(*range(10)), endless=True)

    def fault(number: int) -> None:
        assert endless.reading.wait(10)
        raise DataError("bad", remedy="Mend it.")

    bench.source.rows, bench.source.fault = rows(1), fault
    bench.flow("entities: [{name: endless, home: {source: endless}}, bad]")
    result = bench.run(fail_fast=True, concurrency=2)
    assert {e.entity: e.status for e in result.entities} == {"bad": "failed", "endless": "aborted"}
    assert bench.landed("endless") == Counter()


def test_one_failing_split_ends_the_others_and_its_error_is_the_one_told(bench: Any) -> None:
    bench.source.splits = 3
    bench.source.endless = True
    bench.source.rows = rows(*range(9))
    failing = threading.Lock()

    def fault(number: int) -> None:
        if number == 3 and failing.acquire(blocking=False):
            raise DataError("this very split is broken")

    bench.source.fault = fault
    begun = time.monotonic()
    result = bench.one(concurrency=3)
    assert "this very split is broken" in result.error["message"]
    assert time.monotonic() - begun < 30
    assert bench.leftovers() == []


def test_splits_of_all_entities_together_are_bounded_by_concurrency(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.source.splits = 4
    bench.source.rows = rows(*range(40))
    bench.flow("entities: [a, b, c]")
    at_once, most, lock = 0, 0, threading.Lock()
    read = toys.ScriptedHome.read

    def counted(self: Any, request: Any, split: Any) -> Any:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        yield from read(self, request, split)
        with lock:
            at_once -= 1

    monkeypatch.setattr(toys.ScriptedHome, "read", counted)
    assert bench.run(concurrency=2).status == "success"
    assert most <= 2


@pytest.mark.parametrize("remote", [True, False])
def test_where_stores_are_remote_others_are_read_while_some_wait_for_their_commit(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch, remote: bool
) -> None:
    """Answers over a network take time in which the slots of those that commit would read nothing."""
    bench.source.rows = rows(*range(9))
    bench.flow("entities: [a, b, c, d, e, f]", type="distant" if remote else "parquet")
    committing, most, lock = set(), 0, threading.Lock()
    planning, met = threading.BoundedSemaphore(2), threading.Event()
    commit, plan_ = ParquetStore.commit, toys.ScriptedHome.plan

    def planned(self: Any, request: Any) -> Any:
        assert planning.acquire(blocking=False), "more entities ask their home than are read at a time"
        time.sleep(0.01)
        planning.release()
        return plan_(self, request)

    def waiting(self: Any, job: Any, plan: Any) -> Any:
        nonlocal most
        with lock:
            committing.add(job.entity)
            most = max(most, len(committing))
            if len(committing) == 6:
                met.set()
        met.wait(10 if remote else 0.05)
        found = commit(self, job, plan)
        with lock:
            committing.remove(job.entity)
        return found

    monkeypatch.setattr(toys.ScriptedHome, "plan", planned)
    monkeypatch.setattr(ParquetStore, "commit", waiting)
    assert bench.run(concurrency=2).status == "success"
    assert met.is_set() == remote
    assert most == 6 if remote else most <= 2


@pytest.mark.parametrize("remote", [True, False])
@pytest.mark.parametrize("command", ["plan", "check"])
def test_remote_stores_are_looked_at_side_by_side_also_where_nothing_is_moved(
    bench: Any, monkeypatch: pytest.MonkeyPatch, remote: bool, command: str
) -> None:
    from hygge.config import load_project
    from hygge.engine.checks import check_project
    from hygge.engine.preview import preview_project

    entities = ["a", "b", "c", "d", "e", "f"]
    bench.source.rows = rows(*range(9))
    bench.flow(f"entities: [{', '.join(entities)}]", type="distant" if remote else "parquet")
    looking, most, lock = 0, 0, threading.Lock()
    met = threading.Event()
    state = ParquetStore.state

    def waiting(self: Any, target: Any) -> Any:
        nonlocal looking, most
        with lock:
            looking += 1
            most = max(most, looking)
            if looking == 5:  # the first of a place is waited for before others ask it
                met.set()
        met.wait(1 if remote and target.entity != "a" else 0.01)
        with lock:
            looking -= 1
        return state(self, target)

    monkeypatch.setattr(ParquetStore, "state", waiting)
    if command == "plan":
        assert [(one.entity, one.error) for one in preview_project(bench.root)] == [
            (entity, None) for entity in entities
        ]
    else:
        report = check_project(load_project(bench.root))
        assert report.exit_code == 0
        told = [found.subject.partition(":")[0] for found in report.findings]
        assert told == ["journal", *(f"f.{e} {part}" for e in entities for part in ("home", "store"))]
    assert most >= 5 if remote else most == 1


@pytest.mark.parametrize(("exclusive", "places", "at_once"), [
    ("connection", "aa", 1), ("connection", "ab", 2), ("target", "aa", 2),
])  # fmt: skip
def test_commits_take_turns_where_the_store_says_so(exclusive: str, places: str, at_once: int) -> None:
    promised = SimpleNamespace(capabilities=SimpleNamespace(exclusive=exclusive))
    around: Any = Around(
        run_id="", project="", journal=None, stop=Stop(), emit=print, started_at="",
        registry=SimpleNamespace(store_type=lambda name: promised),
    )  # type: ignore[arg-type]  # what the turns take of it  # fmt: skip
    under_way, most, counting, met = 0, 0, threading.Lock(), threading.Event()

    def committed(*_: Any) -> Any:
        nonlocal under_way, most
        with counting:
            under_way += 1
            most = max(most, under_way)
            if most == 2:
                met.set()
        met.wait(10 if at_once == 2 else 0.1)
        with counting:
            under_way -= 1

    def moved(place: str) -> None:
        store: Any = SimpleNamespace(connection=lambda: place, commit=committed)
        commit(store, JOB, PLAN, around)

    threads = [threading.Thread(target=moved, args=(place,)) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == at_once
