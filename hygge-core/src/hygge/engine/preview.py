"""What a run would do, entity by entity; touches nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hygge import schemas
from hygge.capabilities import StoreCapabilities
from hygge.config import load_project
from hygge.engine.around import new_id, now
from hygge.engine.attempt import begun, planned
from hygge.engine.backfill import limited
from hygge.engine.executor import Slots, in_hand, side_by_side
from hygge.engine.globs import selected
from hygge.engine.journals import open_journal
from hygge.engine.preflight import Footing, footing, settled
from hygge.engine.request import check_plan, read_request, shortened
from hygge.engine.shape import Shaping, shape
from hygge.engine.told import told
from hygge.errors import HyggeError
from hygge.flow.item import Backfill, Item, items
from hygge.flow.targets import distinct_targets
from hygge.model import Head, Mode, Plan, ReadRequest, RunType, TargetState, Window
from hygge.plugins import registry
from hygge.roles import Home
from hygge.unexpected import edge

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Preview", "preview_project"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One entity of a plan; ``error`` says why the run would refuse it."""

    flow: str
    entity: str
    run_type: RunType
    mode: Mode | None = None
    source: str = ""
    target: str = ""
    statement: str = ""
    window: Window | None = None
    splits: int = 0
    replaces: str = ""
    guarantee: str = ""
    columns: tuple[tuple[str, str], ...] = ()  # name and type of what the store will see
    rows: tuple[tuple[str, ...], ...] | None = None  # the first rows, polished, as text; None: not asked for
    notes: tuple[str, ...] = ()
    error: HyggeError | None = None


def preview_project(
    project: str | Path | None,
    *,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    run_type: RunType | None = None,
    adopt: bool = False,
    backfill: Backfill | None = None,
    settings: Sequence[str] = (),
    rows: int = 0,
) -> tuple[Preview, ...]:
    """The selected entities as a run would move them now, with the first ``rows``. Raises as `hygge.run`."""
    loaded = load_project(Path(project) if project is not None else None, settings)
    entities = selected(loaded, registry(), select, exclude)
    found = items(entities, registry(), run_type=run_type, adopt=adopt, backfill=backfill)
    chosen = distinct_targets(found, registry(), loaded)
    journal = open_journal(loaded, new_id(), sorted({item.flow for item in chosen}))
    try:
        heads = {flow: journal.heads(flow) for flow in {item.flow for item in chosen}}
    finally:
        journal.close()
    reading, at_once = in_hand(chosen, loaded.options.concurrency)
    slots = Slots(reading)

    others = {flow: settled(known) for flow, known in heads.items()}

    def one(item: Item) -> Preview:
        head = heads[item.flow].get(item.entity, Head())
        return _preview(item, head, others[item.flow], slots, rows)

    return tuple(side_by_side(one, chosen, at_once if at_once > reading else 1))


def _preview(item: Item, head: Head, others: Mapping[str, str], slots: Slots, rows: int) -> Preview:
    try:
        with edge():  # one broken entity must not hide the others' plans
            return _look(item, head, others, slots, rows)
    except HyggeError as error:
        return Preview(flow=item.flow, entity=item.entity, run_type=item.run_type, error=told(error, item))


def _look(item: Item, head: Head, others: Mapping[str, str], slots: Slots, rows: int) -> Preview:
    item.refuse()
    home = registry().open_home(item.home_type.name, item.config.home)
    store = registry().open_store(item.store_type.name, item.config.store)
    try:
        item.mode(item.run_type)
        source, target = home.identity(item.entity), store.identity(item.target)
        state = store.state(item.target)
        unfinished = _unfinished(head, state)
        if unfinished:  # what there is to agree on is known only after that
            head = Head(receipt=state.receipt, reset=head.reset)
        found = footing(item, head, state, source, target, others)
        request = read_request(item, found)
        with slots.one():
            plan = home.plan(request)
            check_plan(item, found, plan)
            started_at = now()
            shaped = shape(item, found, plan, started_at)
            if not unfinished:
                job = begun(item, "", "")
                job = replace(job, source_identity=source, target_identity=target)
                job = replace(job, run_type=found.run_type, mode=item.mode(found.run_type))
                store.foresee(planned(job, found, request, plan, shaped))
            shaping = Shaping(item.config.polish, plan.schema, shaped.schema, started_at, shaped.known)
            plan = replace(plan, window=limited(plan.window, request.window))
            whole = replace(request, window=plan.window)
            first = _first_rows(home, whole, plan, shaping, rows) if rows else None
    finally:
        store.close()
        home.close()
    return Preview(
        flow=item.flow,
        entity=item.entity,
        run_type=found.run_type,
        mode=item.mode(found.run_type),
        source=source,
        target=target,
        statement=plan.statement,
        window=plan.window,
        splits=len(plan.splits),
        replaces=_replaces(item, found, state),
        guarantee=_guarantee(item, found, plan),
        columns=tuple((field.name, str(field.type)) for field in schemas.unpack(shaped.schema)),
        rows=first,
        notes=(
            *unfinished,
            *filter(None, [shortened(item, found)]),
            *(f"the schema changed: {change}" for change in shaped.changes),
            *shaped.notes,
            *plan.warnings,
            *plan.notes,
        ),
    )


def _first_rows(
    home: Home, request: ReadRequest, plan: Plan, shaping: Shaping, count: int
) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    count = count if request.limit is None else min(count, request.limit)
    for split in plan.splits:
        batches = home.read(request, split)
        for batch in batches:
            shaped = shaping(batch.slice(0, count - len(found)))
            found += zip(*map(_texts, shaped.columns), strict=True)
            if len(found) == count:
                return tuple(found)
    return tuple(found)


def _texts(column: pa.Array) -> list[str]:
    from hygge.files.text import flat, written  # Arrow's kernels come with it

    texts = written(column).to_pylist() if flat(column.type) else [str(value) for value in column]
    return ["null" if text is None else text for text in texts]


def _unfinished(head: Head, state: TargetState) -> tuple[str, ...]:
    if head.job is not None and head.plan is not None:
        durable = registry().store_type(head.job.store_type).capabilities.staging == "durable"
        ends = "finishes" if durable else "gives up"
        return (f"first {ends} the sealed job {head.job.id} of an earlier run",)
    if head.job is not None:
        return (f"first removes what job {head.job.id} of an earlier run left behind",)
    return (f"first finishes the commit of job {state.pending}",) if state.pending else ()


def _replaces(item: Item, found: Footing, state: TargetState) -> str:
    if item.mode(found.run_type) != "replace":
        return "nothing"
    if state.foreign:
        return f"what hygge did not write: {state.foreign}"
    if state.receipt is None:
        return "nothing: the target is empty"
    return f"all that is there, last written by job {state.receipt.job_id} ({state.receipt.committed_at})"


def _appearing(mode: Mode, promises: StoreCapabilities) -> str:
    if mode == "replace" and promises.absent_while_replacing:
        return "all rows appear at once, after a moment without the target"
    if mode == "replace" or promises.atomicity == "run":
        return "all rows appear at once"
    return "files appear one by one, finished after a crash"


def _guarantee(item: Item, found: Footing, plan: Plan) -> str:
    promises = item.store_type.capabilities
    mode = item.mode(found.run_type)
    parts = [
        "every row once",
        _appearing(mode, promises),
        "one snapshot of the source"
        if plan.one_snapshot
        else "best effort: splits see the source at different moments",
    ]
    if mode == "append" and item.config.watermark is not None:
        parts.append(
            "new versions of a row come as new rows"
            if item.config.keys
            else "a row edited in place counts as a new one"
        )
    return "; ".join(parts)
