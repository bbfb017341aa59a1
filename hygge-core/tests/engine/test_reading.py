"""Between a home's thread and the store: what ends the one ends the other."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import polars
import pytest
from numbered import rows

import hygge
from hygge.engine.again import left_of
from hygge.engine.preview import preview_project
from hygge.engine.session import run_project
from hygge.engine.stop import Stop
from hygge.errors import DataError
from hygge.files.store import FileStore


def test_a_driver_that_gives_up_altogether_is_not_waited_for(bench: Any, toys: Any) -> None:
    """Such as a panic of native code, which is no `Exception`."""

    class Panic(BaseException):
        pass

    def fault(number: int) -> None:
        raise Panic("deep inside a driver")

    stop = Stop()
    patience = threading.Timer(20, stop.set, args=("nobody told the writer",))
    patience.daemon = True
    patience.start()
    bench.source.rows, bench.source.fault = rows(1), fault
    with pytest.raises(Panic):
        run_project(bench.root, stop=stop)
    patience.cancel()
    bench.source.fault = lambda number: None
    assert bench.one().status == "success"
    assert bench.landed() == Counter(rows(1))


def test_a_panic_of_native_code_ends_its_entity_alone_and_is_left_to_a_retry(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = toys.ScriptedHome.read

    def panicking(self: Any, request: Any, split: Any) -> Any:
        if request.entity == "a":
            raise polars.exceptions.PanicException("deep inside a driver")
        yield from read(self, request, split)

    monkeypatch.setattr(toys.ScriptedHome, "read", panicking)
    bench.flow("entities: [a, b]")
    bench.source.rows = rows(1)
    result = bench.run()
    a, b = result.entities
    assert (a.status, a.error["code"], b.status) == ("failed", "HYG900", "success")
    assert "PanicException: deep inside a driver" in a.error["message"]
    assert bench.leftovers() == []
    assert left_of(bench.root, result.run_id).terms == ["f.a"]


def test_a_panic_hides_nobody_else_s_plan(bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = toys.ScriptedHome.plan

    def panicking(self: Any, request: Any) -> Any:
        if request.entity == "a":
            raise polars.exceptions.PanicException("deep inside a driver")
        return plan(self, request)

    monkeypatch.setattr(toys.ScriptedHome, "plan", panicking)
    bench.flow("entities: [a, b]")
    a, b = preview_project(bench.root)
    assert a.error is not None
    assert (a.error.code, b.error) == ("HYG900", None)


@pytest.mark.parametrize("what", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_wants_an_end_of_it_all_is_taken_for_nobody_s_fault(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch, what: type[BaseException]
) -> None:
    def ending(self: Any, request: Any) -> Any:
        raise what

    monkeypatch.setattr(toys.ScriptedHome, "plan", ending)
    for call in (hygge.run, preview_project):
        with pytest.raises(what):
            call(bench.root)


def test_what_a_home_notes_beside_its_batches_changes_no_schema(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = toys.ScriptedHome.read

    def annotated(self: Any, request: Any, split: Any) -> Any:
        for batch in read(self, request, split):
            yield batch.replace_schema_metadata({"pandas": "{}"})

    monkeypatch.setattr(toys.ScriptedHome, "read", annotated)
    bench.source.rows = rows(*range(25))
    assert bench.one().status == "success"
    assert bench.landed() == Counter(rows(*range(25)))


def test_a_call_of_the_home_is_broken_off_where_its_rows_are_not_wanted_any_more(
    bench: Any, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = threading.Event()
    read = toys.ScriptedHome.read

    def slow(self: Any, request: Any, split: Any) -> Any:
        yield from read(self, request, split)
        cancelled.wait(20)  # as in a driver's call
        raise DataError("the query was cancelled")

    def broken(self: Any, job: Any, split_id: str, batches: Any) -> Any:
        next(iter(batches))
        raise DataError("the disk is of another opinion")

    monkeypatch.setattr(toys.ScriptedHome, "read", slow)
    monkeypatch.setattr(toys.ScriptedHome, "cancel", lambda self: cancelled.set())
    monkeypatch.setattr(FileStore, "stage", broken)
    bench.source.rows = rows(1)
    assert "another opinion" in bench.one().error["message"]
    assert cancelled.is_set()
