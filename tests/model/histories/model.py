"""What a store holds after each step of a history: the laws of the design, over plain values.

- A full drop makes the destination what the source holds; its watermark is the greatest value there.
- An incremental run reads what is at or above the watermark less the lookback, on append not below the
  identities that are kept. It upserts these rows by their keys, or appends those that are not known by
  their identity: watermark and keys, or the whole row. What it read there is known from then on.
- Rows without a watermark value stop the run, come once, or do not come, as `nulls` says.
- A home that goes by files reads each file once; one that changed stops the run.
- A backfill completes a window up to the watermark by what the destination holds, and moves nothing else.
- A run that was killed has landed or has not. Nothing is in between, and what was lost is only time.
- Journal and target agree, or the newer receipt of the target counts; else the run stops (HYG403).
  A lost file (HYG404), another definition (HYG406) or a schema the store can't follow (HYG411) stop it, too,
  and nothing changes. A full drop that was asked for heals them all.

The model is a function from what was to what may be: a step that may end in two ways gives both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from histories.source import AT, Flow, Row, Source, value
from histories.world import Asked, Columns, Known, Receipt, Refusal, Rows, Target, World

__all__ = ["adopted", "run", "set_mark"]

WIDER = {("int32", "int64"), ("int64", "int32")}


def run(world: World, flow: Flow, source: Source, asked: Asked, job: int) -> World:
    """The world after a run; raises `Refusal`."""
    if asked.backfill and not flow.watermark:
        raise Refusal("HYG114", world)
    run_type = "incremental" if asked.backfill else asked.run_type or flow.run_type
    if run_type == "incremental" and not flow.watermark and flow.home == "sqlite":
        raise Refusal("HYG114", world)
    world = replace(world, open=False, unsettled=False, astray=False)
    if asked.run_type == "full_drop":
        return _replaced(world, flow, source, None, job)
    if world.reset:
        if asked.backfill:
            raise Refusal("HYG407", world)
        return _replaced(world, flow, source, None, job)
    last = _footing(world, flow, run_type)
    world = replace(world, journal=last)
    if run_type == "full_drop":
        return _replaced(world, flow, source, last, job)
    if asked.backfill:
        return _completed(world, flow, source, last, asked, job)
    if not flow.watermark:
        return _by_files(world, flow, source, last, job)
    return _by_watermark(world, flow, source, last, job)


# -- on what a run stands -------------------------------------------------------------------------


def _footing(world: World, flow: Flow, run_type: str) -> Receipt | None:
    last, there = world.journal, world.target.receipt if world.target else None
    if there is not None and (last is None or there.number > last.number):
        last = there
    elif last is not None and (there is None or there.job != last.job):
        raise Refusal("HYG403", world)
    if last is not None and world.target is not None and world.target.damaged:
        raise Refusal("HYG404", world)
    if last is not None and run_type == "incremental" and last.reading != flow.reading:
        raise Refusal("HYG406", world)
    return last


def _columns(flow: Flow, source: Source, world: World, last: Receipt | None) -> Columns:
    """The columns that are read; in NDJSON one that is in no row any more is there all the same, and null."""
    pinned = dict(last.home) if last is not None and flow.home == "ndjson" else {}
    there = pinned | dict(source.columns)
    if flow.columns is None:
        return tuple(there.items())
    if any(name not in there for name in flow.columns):
        raise Refusal("HYG302", world)
    return tuple((name, there[name]) for name in flow.columns)


def _settled(world: World, flow: Flow, now: Columns, last: Receipt | None, mode: str) -> Columns:
    """The target's columns after the run."""
    if last is None:
        return now
    before, after = dict(last.columns), dict(now)
    other = [name for name in before if name in after and after[name] != before[name]]
    if flow.drift == "strict" and (before.keys() != after.keys() or other):
        raise Refusal("HYG411", world)
    if mode == "replace":
        return (*((name, after[name]) for name in before if name in after),
                *((name, kind) for name, kind in now if name not in before))  # fmt: skip
    if flow.store != "sqlite" and after.keys() - before.keys():
        raise Refusal("HYG411", world)
    for name in other:
        if (before[name], after[name]) not in WIDER or (flow.store != "sqlite" and before[name] == "int32"):
            raise Refusal("HYG411", world)
    kept = ((name, "int64" if name in other else kind) for name, kind in last.columns)
    return (*kept, *((name, kind) for name, kind in now if name not in before))


def _read(flow: Flow, source: Source, columns: Columns) -> list[Row]:
    """The rows that count, with the columns that count."""
    names = dict(columns)
    rows = (row for row in source.rows if flow.least_id is None or value(row, "id") >= flow.least_id)
    return [_part(row, names) for row in rows]


def _part(row: Row, names: Iterable[str]) -> Row:
    wanted = set(names)
    return frozenset((name, one) for name, one in row if name in wanted)


# -- what a run makes of it -----------------------------------------------------------------------


def _landed(
    world: World, flow: Flow, job: int, rows: Rows, columns: Columns, home: Columns, **receipt: Any
) -> World:
    number = world.target.receipt.number + 1 if world.target else 1
    new = Receipt(number=number, job=job, reading=flow.reading, columns=columns, home=home, **receipt)
    return replace(world, target=Target(rows=rows, receipt=new), journal=new, reset=False)


def _replaced(world: World, flow: Flow, source: Source, last: Receipt | None, job: int) -> World:
    columns = _columns(flow, source, world, last)
    rows = _read(flow, source, columns)
    settled = _settled(world, flow, columns, last, "replace")
    return _landed(world, flow, job, Rows(rows), settled, columns, position=_position(flow, source),
                   **_followed(flow, columns, rows, None, None, keep=True))  # fmt: skip


def _by_watermark(world: World, flow: Flow, source: Source, last: Receipt | None, job: int) -> World:
    columns = _columns(flow, source, world, last)
    mark, known = (last.mark, last.known) if last else (None, None)
    lower = None if mark is None else mark - flow.lookback
    if not flow.upserts and known is not None and known.lower is not None and lower is not None:
        lower = max(lower, known.lower)
    rows = _read(flow, source, columns)
    if flow.nulls == "fail" and any(value(row, AT) is None for row in rows):
        raise Refusal("HYG304", world)
    read = [row for row in rows if _within(row, lower, None, nulls=flow.nulls == "include")]
    settled = _settled(world, flow, columns, last, "upsert" if flow.upserts else "append")
    new = read if flow.upserts or last is None else _unknown(world, read, known, columns)
    if last is not None and not new:
        return world
    return _landed(world, flow, job, _joined(world, flow, new), settled, columns,
                   **_followed(flow, columns, read, mark, lower, keep=not flow.upserts))  # fmt: skip


def _by_files(world: World, flow: Flow, source: Source, last: Receipt | None, job: int) -> World:
    columns = _columns(flow, source, world, last)
    seen = dict(last.position) if last else {}
    if any(file.version != seen.get(file.name, file.version) for file in source.files):
        raise Refusal("HYG307", world)
    files = tuple(file for file in source.files if file.name not in seen)
    new = _read(flow, replace(source, files=files), columns)
    settled = _settled(world, flow, columns, last, "upsert" if flow.upserts else "append")
    position = _position(flow, source)
    if last is not None and not new and position == last.position:
        return world
    return _landed(world, flow, job, _joined(world, flow, new), settled, columns, position=position)


def _completed(
    world: World, flow: Flow, source: Source, last: Receipt | None, asked: Asked, job: int
) -> World:
    if last is None or last.mark is None:
        raise Refusal("HYG407", world)
    upper = last.mark if asked.upper is None else min(asked.upper, last.mark)
    if asked.lower is not None and asked.lower > upper:
        raise Refusal("HYG105", world)
    columns = _columns(flow, source, world, last)
    rows = [r for r in _read(flow, source, columns) if _within(r, asked.lower, upper, nulls=False)]
    settled = _settled(world, flow, columns, last, "upsert" if flow.upserts else "append")
    if flow.upserts:
        new, known = rows, None
    else:
        assert last.known is not None
        _unknown(world, [], last.known, columns)
        names = _identity(flow, columns, dict(last.columns))
        there = [row for row in world.rows.elements() if _within(row, asked.lower, upper, nulls=False)]
        new = _without(rows, Rows(_part(row, names) for row in there), names)
        add = [row for row in new if last.known.lower is not None and value(row, AT) >= last.known.lower]
        known = replace(last.known, rows=last.known.rows + Rows(_part(r, last.known.columns) for r in add))
    if not new:
        return world
    return _landed(world, flow, job, _joined(world, flow, new), settled, columns, mark=last.mark, known=known)


def _within(row: Row, lower: int | None, upper: int | None, *, nulls: bool) -> bool:
    at = value(row, AT)
    if at is None:
        return nulls
    return (lower is None or at >= lower) and (upper is None or at <= upper)


def _identity(flow: Flow, columns: Columns, among: Iterable[str]) -> tuple[str, ...]:
    """The columns by which a row is known."""
    return (AT, "id") if flow.keys else tuple(name for name, _ in columns if name in set(among))


def _unknown(world: World, read: list[Row], known: Known | None, columns: Columns) -> list[Row]:
    """The rows that were not committed."""
    if known is None:
        raise Refusal("HYG407", world)
    now = dict(columns)
    for name, kind in known.kinds:
        if name not in now or (now[name] != kind and (kind, now[name]) not in WIDER):
            raise Refusal("HYG411", world)
    return _without(read, known.rows, known.columns)


def _without(rows: list[Row], known: Rows, names: tuple[str, ...]) -> list[Row]:
    left, new = Rows(known), []
    for row in rows:
        identity = _part(row, names)
        if left[identity] > 0:
            left[identity] -= 1
        else:
            new.append(row)
    return new


def _followed(
    flow: Flow, columns: Columns, read: list[Row], mark: int | None, since: int | None, *, keep: bool
) -> dict[str, Any]:
    """Watermark and identities after a run that read these rows."""
    if not flow.watermark:
        return {}
    values = [value(row, AT) for row in read]
    found = [at for at in (*values, mark) if at is not None]
    top = max(found, default=None)
    if not keep:
        return {"mark": top}
    lower = None if top is None else top - flow.lookback
    names = _identity(flow, columns, dict(columns))
    near = [row for row in read if _within(row, lower, None, nulls=flow.nulls == "include")]
    if lower is not None and since is not None:
        lower = max(lower, since)
    kinds = tuple((name, kind) for name, kind in columns if name in names)
    known = Known(columns=names, kinds=kinds, rows=Rows(_part(row, names) for row in near), lower=lower)
    return {"mark": top, "known": known}


def _joined(world: World, flow: Flow, new: list[Row]) -> Rows:
    if not flow.upserts:
        return world.rows + Rows(new)
    by_key = {value(row, "id"): row for row in (*world.rows.elements(), *new)}
    return Rows(by_key.values())


def _position(flow: Flow, source: Source) -> Any:
    if flow.home == "sqlite" or flow.watermark:
        return None
    return tuple(sorted((file.name, file.version) for file in source.files))


# -- what people do by hand -----------------------------------------------------------------------


def set_mark(world: World, flow: Flow, mark: int) -> World:
    """The world after `hygge state set`; raises `Refusal`."""
    last = None if world.reset else _footing(world, flow, "incremental")
    if last is None or not flow.watermark:
        raise Refusal("HYG407", world)
    if last.mark == mark:
        return world
    known = last.known
    if known is not None and known.lower is not None:
        known = replace(known, lower=min(known.lower, mark))
    return replace(world, journal=replace(last, mark=mark, known=known))


def adopted(world: World, flow: Flow, source: Source) -> World:
    """The world after `hygge state adopt`; raises `Refusal`."""
    if world.target is None:
        raise Refusal("HYG403", world)
    if world.target.damaged:
        raise Refusal("HYG404", world)
    journal = replace(world.target.receipt, reading=flow.reading)
    new = replace(world, journal=journal, reset=False)
    try:
        run(new, flow, source, Asked(), 0)
    except Refusal as refusal:
        raise Refusal(refusal.code, world) from None
    return new
