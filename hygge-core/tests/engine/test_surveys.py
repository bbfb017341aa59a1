"""Targets of one store are looked at together; what was seen is used for a minute, and no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from hygge import failpoints
from hygge.engine import surveys
from hygge.engine.stop import Stop
from hygge.engine.surveys import Surveys
from hygge.errors import HyggeError, RunStopped, TransientError
from hygge.files.filesystem import FileInfo
from hygge.files.local import LocalFileSystem
from hygge.flow.item import Item
from hygge.model import Receipt, Target, TargetState

Make = Callable[..., Item]


class Stores:
    """A registry of one store type that writes down what it was asked, and for which configuration."""

    def __init__(self, error: HyggeError | None = None, *, sees: bool = True) -> None:
        self.asked: list[tuple[str, set[str]]] = []
        self.concluded: list[str] = []
        self.closed = 0
        self.broken: Exception | None = None
        self._error, self._sees = error, sees

    def open_store(self, name: str, config: Mapping[str, Any]) -> Stores:
        self._path = str(config.get("path"))
        return self

    def survey(self, targets: Sequence[Target]) -> Mapping[Target, object]:
        names = {target.entity for target in targets}
        self.asked.append((self._path, names))
        if self._error is not None:
            raise self._error
        return {target: (target.entity, len(self.asked)) for target in targets} if self._sees else {}

    def conclude(self) -> None:
        self.concluded.append(self._path)
        if self.broken is not None:
            raise self.broken

    def close(self) -> None:
        self.closed += 1


def surveys_of(items: Sequence[Item], stores: Stores, stop: Stop) -> Surveys:
    return Surveys(items, stores, stop)  # type: ignore[arg-type]  # it stands in for the registry


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(surveys.time, "monotonic", lambda: now[0])
    return now


def test_the_targets_of_one_store_are_seen_at_once(item: Make) -> None:
    items = [item(name, store={"path": path}) for path in "ab" for name in (f"{path}1", f"{path}2")]
    stores = Stores()
    found = surveys_of(items, stores, Stop())
    assert [found.of(one) for one in items] == [("a1", 1), ("a2", 1), ("b1", 2), ("b2", 2)]
    assert stores.asked == [("a", {"a1", "a2"}), ("b", {"b1", "b2"})]


def test_a_target_alone_is_looked_at_by_itself(item: Make) -> None:
    stores = Stores()
    assert surveys_of([item()], stores, Stop()).of(item()) is None
    assert stores.asked == []


def test_what_was_seen_a_minute_ago_is_seen_anew_for_those_still_waiting(
    item: Make, clock: list[float]
) -> None:
    items = [item(name) for name in "abcde"]
    stores = Stores()
    found = surveys_of(items, stores, Stop())
    assert found.of(items[0]) == ("a", 1)
    clock[0] += surveys.FRESH
    assert found.of(items[1]) == ("b", 1)
    clock[0] += 1
    assert found.of(items[2]) == ("c", 2)
    assert [names for _, names in stores.asked] == [set("abcde"), set("cde")]
    assert found.of(items[3]) == ("d", 2)
    clock[0] += surveys.FRESH + 1
    assert found.of(items[4]) is None  # the last of them is not worth a survey
    assert len(stores.asked) == 2


def test_each_survey_is_concluded_by_its_store(item: Make, clock: list[float]) -> None:
    items = [item(name, store={"path": path}) for path in "ab" for name in (f"{path}1", f"{path}2")]
    stores = Stores()
    found = surveys_of(items, stores, Stop())
    found.conclude()
    assert stores.concluded == [], "nobody has looked"
    for one in items:
        found.of(one)
    found.conclude()
    assert len(stores.concluded) == stores.closed == 2


def test_a_run_that_is_stopped_ends_at_once(item: Make) -> None:
    stores, stop = Stores(), Stop()
    found = surveys_of([item("a"), item("b")], stores, stop)
    found.of(item("a"))
    stop.set("Ctrl-C", signal=2)
    found.conclude()
    assert (stores.concluded, stores.closed) == ([], 1)


def test_one_that_ends_since_an_entity_failed_leaves_nothing_behind(item: Make) -> None:
    stores, stop = Stores(), Stop()
    found = surveys_of([item("a"), item("b")], stores, stop)
    found.of(item("a"))
    stop.set("--fail-fast")
    found.conclude()
    assert len(stores.concluded) == 1


@pytest.mark.parametrize("error", [TransientError("the line is down"), ZeroDivisionError("the line is down")])
def test_one_that_cannot_be_concluded_is_told_and_keeps_no_other_from_it(
    item: Make, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    items = [item(name, store={"path": path}) for path in "ab" for name in (f"{path}1", f"{path}2")]
    stores = Stores()
    found = surveys_of(items, stores, Stop())
    for one in items:
        found.of(one)
    stores.broken = error
    found.conclude()
    assert len(stores.concluded) == 2
    assert caplog.text.count("the line is down") == 2


def test_a_store_that_sees_nothing_is_let_go_of_all_the_same(item: Make) -> None:
    stores = Stores(sees=False)
    found = surveys_of([item("a"), item("b")], stores, Stop())
    found.of(item("a"))
    found.conclude()
    assert stores.closed == 1


@pytest.mark.parametrize("stores", [Stores(sees=False), Stores(TransientError("the line is down"))])
def test_a_store_that_can_not_is_asked_once(item: Make, clock: list[float], stores: Stores) -> None:
    items = [item(name) for name in "abcd"]
    found = surveys_of(items, stores, Stop())
    assert found.of(items[0]) is None
    clock[0] += surveys.FRESH * 10
    assert [found.of(one) for one in items[1:]] == [None] * 3
    assert len(stores.asked) == 1


class Silent:
    """A store that answers for none of the targets named; it counts how often it was asked."""

    def __init__(self, *silent: str) -> None:
        self._silent = silent
        self.asked = 0

    def ready(self, target: Target, seen: object = None, known: Receipt | None = None) -> TargetState:
        self.asked += 1
        if target.entity in self._silent:
            raise TransientError("the line is down")
        return TargetState()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two attempts."""
    monkeypatch.setattr(Stop, "wait", lambda self, seconds: None)


def test_a_store_that_does_not_answer_at_all_is_asked_again_after_a_minute(
    item: Make, clock: list[float], hasty: None
) -> None:
    items = [item(name) for name in "abcd"]
    found = surveys_of(items, Stores(TransientError("the line is down")), Stop())
    store = Silent(*"abc")
    with pytest.raises(TransientError, match=r"^the line is down"):
        found.state(items[0], store, None)  # type: ignore[arg-type]
    asked = store.asked
    with pytest.raises(TransientError, match=r"^not asked: the line is down"):
        found.state(items[1], store, None)  # type: ignore[arg-type]
    assert store.asked == asked
    clock[0] += surveys.FRESH + 1
    with pytest.raises(TransientError, match=r"^the line is down"):
        found.state(items[2], store, None)  # type: ignore[arg-type]
    clock[0] += surveys.FRESH + 1
    assert found.state(items[3], store, None) == TargetState()  # type: ignore[arg-type]


@pytest.mark.parametrize("stores", [Stores(), Stores(TransientError("the line is down"))])
def test_a_target_that_cannot_be_looked_at_stops_no_other(item: Make, hasty: None, stores: Stores) -> None:
    items = [item(name) for name in "abc"]
    found, store = surveys_of(items, stores, Stop()), Silent("b")
    assert found.state(items[0], store, None) == TargetState()  # type: ignore[arg-type]
    with pytest.raises(TransientError):
        found.state(items[1], store, None)  # type: ignore[arg-type]
    assert found.state(items[2], store, None) == TargetState()  # type: ignore[arg-type]


def test_a_stop_reaches_those_who_wait_for_somebody_s_look(item: Make) -> None:
    items, stop, begun = [item(name) for name in "ab"], Stop(), threading.Event()
    stores, asleep = Stores(), threading.Event()
    honest = stores.survey

    def slow(targets: Sequence[Target]) -> Mapping[Target, object]:
        begun.set()
        asleep.wait(60)
        return honest(targets)

    stores.survey = slow  # type: ignore[method-assign]
    found = surveys_of(items, stores, stop)
    looking = threading.Thread(target=found.of, args=(items[0],), daemon=True)
    looking.start()
    assert begun.wait(10)
    stop.set("a test")
    with pytest.raises(RunStopped):
        found.of(items[1])
    asleep.set()
    looking.join(10)


def test_what_was_seen_is_told_once(item: Make) -> None:
    items = [item(name) for name in "abc"]
    found = surveys_of(items, Stores(), Stop())
    assert found.of(items[0]) == ("a", 1)
    assert found.of(items[0]) is None


def test_what_was_seen_before_something_was_recovered_is_seen_anew(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a listing of many pages, one tells of receipts before another tells that nothing is staged."""
    bench.flow("entities: [b, a]")
    bench.source.rows = [(n, n, "x") for n in range(3)]
    bench.run(concurrency=1)
    failpoints.arm("raise:engine.sealed")
    assert bench.one(select=["f.a"]).status == "failed"
    failpoints.arm("")
    receipts = {f".hygge/targets/{name}": "00000001." for name in "ab"}

    def torn(self: LocalFileSystem, limit: int) -> Mapping[str, Sequence[FileInfo]]:
        found = {folder: self.list(folder) for folder in ("a", "b", *receipts)}
        return {
            folder: [one for one in entries if one.name.startswith(receipts.get(folder, ""))]
            for folder, entries in found.items()
        }

    monkeypatch.setattr(LocalFileSystem, "tree", torn)
    assert [entity.status for entity in bench.run(concurrency=1).entities] == ["success", "success"]
