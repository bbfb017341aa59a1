"""One run: leases, entities side by side, one failing without stopping the others."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from hygge.config import Project, load_project
from hygge.engine.around import Around, new_id, now
from hygge.engine.asked import asked_for
from hygge.engine.entity import EntityRun
from hygge.engine.executor import Slots, in_hand, side_by_side, slots_for
from hygge.engine.globs import selected
from hygge.engine.journals import open_journal
from hygge.engine.preflight import settled
from hygge.engine.stop import Stop
from hygge.engine.surveys import Surveys
from hygge.engine.told import told
from hygge.errors import HyggeError
from hygge.events import Event, Observer
from hygge.failpoints import failpoint
from hygge.flow.item import Backfill, Item, items
from hygge.flow.targets import distinct_targets
from hygge.model import Asked, Head, RunType
from hygge.plugins import registry
from hygge.results import EntityResult, RunResult
from hygge.roles import Journal
from hygge.unexpected import edge

__all__ = ["run_project"]

DEFAULT_MEMORY = 1024**3


def run_project(
    project: str | Path | None,
    *,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    run_type: RunType | None = None,
    adopt: bool = False,
    backfill: Backfill | None = None,
    settings: Sequence[str] = (),
    concurrency: int | None = None,
    fail_fast: bool = False,
    observer: Observer | None = None,
    stop: Stop | None = None,
) -> RunResult:
    """Run the selected entities; see `hygge.run`."""
    loaded = load_project(Path(project) if project is not None else None, settings)
    stop = stop or Stop()
    entities = selected(loaded, registry(), select, exclude, stop)
    found = items(entities, registry(), run_type=run_type, adopt=adopt, backfill=backfill)
    chosen = distinct_targets(found, registry(), loaded)
    wanted = concurrency or loaded.options.concurrency
    reading, at_once = in_hand(chosen, wanted)
    slots = slots_for(reading, wanted, loaded.options.memory or DEFAULT_MEMORY)
    run_id = new_id()
    journal = open_journal(loaded, run_id, sorted({item.flow for item in chosen}))
    asked = asked_for(run_type, adopt, backfill, settings)
    around = _around(loaded, run_id, journal, stop, observer, slots, asked)
    try:
        return _Session(loaded, chosen, around, at_once, fail_fast or loaded.options.fail_fast).run()
    finally:
        journal.close()


def _around(
    project: Project,
    run_id: str,
    journal: Journal,
    stop: Stop,
    observer: Observer | None,
    slots: Slots,
    asked: Asked | None,
) -> Around:
    memory = project.options.memory or DEFAULT_MEMORY
    connectors = registry()

    def emit(event: Event) -> None:
        if observer is not None:
            observer(event)
        connectors.emit(event)

    return Around(
        run_id=run_id,
        project=project.name,
        registry=connectors,
        journal=journal,
        stop=stop,
        emit=emit,
        started_at=now(),
        asked=asked,
        slots=slots,
        # What is in flight besides the queue (a batch being read, a row group being written) is
        # about as much again, so an eighth of each entity's share keeps well below the ceiling.
        queue_bytes=max(4 << 20, min(32 << 20, memory // (8 * slots.count))),
    )


class _Session:
    def __init__(
        self, project: Project, chosen: Sequence[Item], around: Around, at_once: int, fail_fast: bool
    ) -> None:
        self._project = project
        self._chosen = chosen
        self._around = around
        self._at_once = at_once
        self._fail_fast = fail_fast

    def run(self) -> RunResult:
        started, begun = now(), time.monotonic()
        with ExitStack() as leases:
            for flow in sorted({item.flow for item in self._chosen}):
                leases.enter_context(self._around.journal.lease(flow))
            failpoint("session.leased")
            heads = {flow: self._around.journal.heads(flow) for flow in {item.flow for item in self._chosen}}
            self._around.tell("run_started", "", "", entities=len(self._chosen))
            results = self._move_all(heads)
            self._around.journal.fold()
        result = RunResult(
            run_id=self._around.run_id,
            project=self._project.name,
            status="success" if all(r.status in ("success", "skipped") for r in results) else "failed",
            started_at=started,
            finished_at=now(),
            seconds=round(time.monotonic() - begun, 3),
            entities=tuple(results),
        )
        self._around.tell("run_ended", "", "")
        return result

    def _move_all(self, heads: Mapping[str, Mapping[str, Head]]) -> list[EntityResult]:
        others = {flow: settled(known) for flow, known in heads.items()}
        surveys = Surveys(self._chosen, self._around.registry, self._around.stop)

        def one(item: Item) -> EntityResult:
            head = heads[item.flow].get(item.entity, Head())
            return self._move(item, head, others[item.flow], surveys)

        results = side_by_side(one, self._chosen, self._at_once)
        surveys.conclude()
        return results

    def _move(self, item: Item, head: Head, others: Mapping[str, str], surveys: Surveys) -> EntityResult:
        try:
            with edge():
                result = EntityRun(item, self._around, surveys).move(head, others)
        except HyggeError as error:  # even its end could not be journaled
            result = _failed(item, told(error, item))
        if result.status == "failed" and self._fail_fast:
            self._around.stop.set(f"{item.label} failed and --fail-fast is on")
        self._around.tell(
            "entity_ended", item.flow, item.entity, phase="done", rows=result.rows_read, result=result
        )
        return result


def _failed(item: Item, error: HyggeError) -> EntityResult:
    return EntityResult(
        flow=item.flow,
        entity=item.entity,
        status="failed",
        run_type=item.run_type,
        mode=item.likely_mode,
        error={"code": error.code, "message": str(error)},
    )
