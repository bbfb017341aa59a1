"""What may happen in a history: to the source, to the flow, to what hygge keeps, and by hygge itself.

A number that names a place or a moment is taken as far as it goes, so that every step can be taken
whenever it comes and a history stays one when steps are left out.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from histories import model
from histories.model import Asked, Refusal, World
from histories.project import at_text
from histories.source import AT, Row, altered
from histories.story import Deviation, Story

__all__ = [
    "AddColumn",
    "Adopt",
    "BackUp",
    "Backfill",
    "Copy",
    "Crash",
    "Delete",
    "Discard",
    "DropColumn",
    "Elsewhere",
    "Fail",
    "Insert",
    "Lookback",
    "LoseFile",
    "LoseJournal",
    "LoseTarget",
    "Meanwhile",
    "Narrow",
    "Race",
    "Rename",
    "Reorder",
    "Reset",
    "Restore",
    "Retry",
    "Retype",
    "Rival",
    "Run",
    "SetMark",
    "Step",
    "Update",
    "Where",
]

PATIENCE = 1  # seconds
KEEP = 99  # an offset that leaves the watermark value as it is


class Step(ABC):
    """Something that happens."""

    @abstractmethod
    def take(self, story: Story) -> None:
        """Let it happen; raises `Deviation`."""


def _at(story: Story, offset: int | None) -> int | None:
    """A value so far from the greatest one there."""
    return None if offset is None else max(0, story.source.top + offset)


# -- to the source --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Insert(Step):
    """New rows, each so far from the greatest watermark value; None: it has none."""

    offsets: tuple[int | None, ...]

    def take(self, story: Story) -> None:
        story.change(story.source.add(self.rows(story), as_file=story.flow.home != "sqlite"))

    def rows(self, story: Story) -> tuple[Row, ...]:
        clock = story.source.clock
        return tuple(
            _row(story, clock * 10 + number, _at(story, offset), number)
            for number, offset in enumerate(self.offsets)
        )


def _row(story: Story, id: int, at: int | None, number: int) -> Row:
    values: dict[str, Any] = {"id": id, AT: at}
    for name, kind in story.source.columns:
        if name not in values and number % 3 != 2:  # every third row has nulls in the others
            values[name] = id if name.startswith("x") else f"v{id}" if number % 3 else ""
            assert kind in ("int64", "int32", "string")
    return altered(frozenset(), values)


@dataclass(frozen=True)
class Copy(Step):
    """A row twice; in a flow with keys nothing."""

    place: int

    def take(self, story: Story) -> None:
        rows = list(story.source.rows)
        if rows and not story.flow.keys:
            twin = rows[self.place % len(rows)]
            story.change(story.source.add((twin,), as_file=story.flow.home != "sqlite"))


@dataclass(frozen=True)
class Update(Step):
    """A row gets another note, and another watermark value or the same."""

    place: int
    offset: int | None = KEEP

    def take(self, story: Story) -> None:
        count, clock = len(list(story.source.rows)), story.source.clock
        at = {} if self.offset == KEEP else {AT: _at(story, self.offset)}
        notes = {name: f"w{clock}" for name, _ in story.source.columns if name in ("note", "label")}
        if count:
            story.change(
                story.source.change(
                    lambda place, row: altered(row, notes | at) if place == self.place % count else row
                )
            )


@dataclass(frozen=True)
class Delete(Step):
    """A row goes."""

    place: int

    def take(self, story: Story) -> None:
        count = len(list(story.source.rows))
        if count:
            story.change(story.source.change(lambda place, row: None if place == self.place % count else row))


class _Reshape(Step):
    """Another schema; a home that goes by files is spared it, since every file changes."""

    def take(self, story: Story) -> None:
        columns = story.source.columns
        found = self.columns(columns)
        if found == columns or not (story.flow.watermark or story.flow.home == "sqlite"):
            return
        names = [name for name, _ in found]
        story.change(
            story.source.reshape(
                found,
                lambda row: frozenset((self.named(n), v) for n, v in row if self.named(n) in names),
            )
        )

    @abstractmethod
    def columns(self, before: model.Columns) -> model.Columns:
        """The columns from here on."""

    def named(self, name: str) -> str:
        """What a column is called from here on."""
        return name


@dataclass(frozen=True)
class AddColumn(_Reshape):
    """A column more."""

    name: str = "x"
    kind: str = "int32"

    def columns(self, before: model.Columns) -> model.Columns:
        return before if self.name in dict(before) else (*before, (self.name, self.kind))


@dataclass(frozen=True)
class DropColumn(_Reshape):
    """A column less."""

    name: str = "note"

    def columns(self, before: model.Columns) -> model.Columns:
        return tuple((name, kind) for name, kind in before if name != self.name)


@dataclass(frozen=True)
class Rename(_Reshape):
    """The note is called label, or the other way round."""

    def columns(self, before: model.Columns) -> model.Columns:
        return tuple((self.named(name), kind) for name, kind in before)

    def named(self, name: str) -> str:
        return {"note": "label", "label": "note"}.get(name, name)


@dataclass(frozen=True)
class Retype(_Reshape):
    """The added column has another type."""

    kind: str

    def columns(self, before: model.Columns) -> model.Columns:
        return tuple((name, self.kind if name == "x" else kind) for name, kind in before)


@dataclass(frozen=True)
class Reorder(_Reshape):
    """The same columns in another order."""

    def columns(self, before: model.Columns) -> model.Columns:
        return before[::-1]


# -- to the flow ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Where(Step):
    """Other rows are asked for."""

    least_id: int | None

    def take(self, story: Story) -> None:
        story.define(replace(story.flow, least_id=self.least_id))


@dataclass(frozen=True)
class Narrow(Step):
    """Fewer columns are asked for, or all again."""

    columns: tuple[str, ...] | None = ("id", AT)

    def take(self, story: Story) -> None:
        story.define(replace(story.flow, columns=self.columns))


@dataclass(frozen=True)
class Lookback(Step):
    """Another lookback; texts have none."""

    lookback: int

    def take(self, story: Story) -> None:
        if story.flow.at != "string":
            story.define(replace(story.flow, lookback=self.lookback))


# -- runs -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run(Step):
    """A run, and after a success one more that finds nothing new."""

    run_type: str | None = None
    cli: bool = False

    def take(self, story: Story) -> None:
        asked = Asked(run_type=self.run_type)
        if self.cli:
            flags = [f"--{self.run_type.replace('_', '-')}"] if self.run_type else []
            done = story.project.type(["run", *flags], ["run", *flags])
        else:
            done = story.project.start(2, run_type=self.run_type).wait().result()
        for number, one in enumerate(done):
            before = story.seen
            story.expect(one, _left(story.foretell(story.worlds, asked, number), asked))
            if number and one[0] == "ok":
                _check_noop(story, one[1], before, appending=_appends(story, self.run_type))


def _appends(story: Story, run_type: str | None) -> bool:
    return (run_type or story.flow.run_type) == "incremental" and not story.flow.upserts


def _check_noop(story: Story, status: str, before: model.Rows, *, appending: bool) -> None:
    if story.seen != before or (appending and status != "skipped"):
        raise Deviation(f"{story.flow}\n{story.lines}\nthe second of two runs was {status}, and not a no-op")


def _left(foretold: list[tuple[str, World]], asked: Asked) -> list[tuple[str, World]]:
    """What a retry has to do after a run that ended so; HYG114 comes before anything is journaled."""
    return [
        (code, world if code == "HYG114" else replace(world, left=(None if code == "ok" else asked,)))
        for code, world in foretold
    ]


@dataclass(frozen=True)
class Backfill(Step):
    """A run of a window, its ends so far from the greatest value."""

    lower: int | None
    upper: int | None

    def take(self, story: Story) -> None:
        lower, upper = _at(story, self.lower), _at(story, self.upper)
        asked = Asked(lower=lower, upper=upper)
        if not asked.backfill:
            return
        texts = [None if one is None else at_text(one, story.flow.at) for one in (lower, upper)]
        (done,) = story.project.start(from_=texts[0], to=texts[1]).wait().result()
        story.expect(done, _left(story.foretell(story.worlds, asked, 0), asked))


def _failpoint(mode: str, point: int | str) -> str:
    return f"{mode}:{point}" if isinstance(point, str) else f"{mode}@{point}"


def _maybe(before: Sequence[World], after: list[tuple[str, World]], asked: Asked) -> tuple[Any, Any]:
    """The worlds in which a run that was cut off did nothing, and those in which it landed."""
    return [_cut_off(world, asked) for world in before], [
        (code, _cut_off(world, asked, None)) for code, world in after
    ]


def _cut_off(world: World, *left: Asked | None) -> World:
    return replace(world, open=True, unsettled=True, left=(*dict.fromkeys((*world.left, *left)),))


@dataclass(frozen=True)
class Crash(Step):
    """A run is killed at one of the points that it passes: at the Nth, or at one by its name (NAME@N)."""

    point: int | str
    run_type: str | None = None

    mode = "kill"

    def take(self, story: Story) -> None:
        asked = Asked(run_type=self.run_type)
        trial = story.project.start(failpoint=_failpoint(self.mode, self.point), run_type=self.run_type)
        ended = trial.wait()
        before, foretold = story.worlds, story.foretell(story.worlds, asked, 0)
        if ended.value and ended.value[0][0] == "ok":
            story.expect(ended.value[0], _left(foretold, asked))
        else:
            story.interrupted(ended, *_maybe(before, foretold, asked))


@dataclass(frozen=True)
class Fail(Crash):
    """A disk fails at one of the points that a run passes."""

    mode = "raise"


@dataclass(frozen=True)
class Retry(Step):
    """What was left undone is asked for again."""

    def take(self, story: Story) -> None:
        (done,) = story.project.type(["retry"])
        foretold: list[tuple[str, World]] = []
        for world in story.worlds:
            for asked in world.left:
                if asked is None:
                    foretold.append(("ok", world))
                else:
                    foretold += _left(story.foretell([world], asked, 0), asked)
        story.expect(done, foretold)


@dataclass(frozen=True)
class Race(Step):
    """Two runs at once: one is suspended somewhere on its way while the other comes and goes."""

    point: int | str

    def take(self, story: Story) -> None:
        one = story.project.start(failpoint=_failpoint("stop", self.point))
        stopped = one.stopped()
        (other,) = story.project.start().wait().result()
        if stopped:
            one.go_on()
        (first,) = one.wait().result()
        worlds = story.worlds
        held = [done for done in (first, other) if done[0] == "HYG501"]
        foretold = story.foretell(worlds, Asked(), 0)
        if not held:
            if first[0] != other[0]:
                raise Deviation(f"{story.lines}\none of two runs ended with {first}, the other with {other}")
            foretold = [pair for code, w in foretold for pair in story.foretell([w], Asked(), 1)]
        story.expect(other if first in held else first, _left(foretold, Asked()))


@dataclass(frozen=True)
class Elsewhere(Step):
    """Another host that has no journal runs the flow; this one's journal knows nothing of it."""

    def take(self, story: Story) -> None:
        story.project.lose_journal(elsewhere=True)
        (done,) = story.project.start(elsewhere=True).wait().result()
        story.expect(done, _elsewhere(story, story.worlds, 0))


def _elsewhere(story: Story, worlds: Sequence[World], job: int) -> list[tuple[str, World]]:
    return [
        (
            code,
            replace(
                after,
                journal=world.journal,
                reset=world.reset,
                left=world.left,
                open=world.open,
                unsettled=world.unsettled and code != "ok",
            ),
        )
        for world in worlds
        for code, after in story.foretell([replace(world, journal=None, reset=False)], Asked(), job)
    ]


@dataclass(frozen=True)
class Rival(Step):
    """A run is suspended on its way; another host runs the flow; the first one goes on."""

    point: int | str

    def take(self, story: Story) -> None:
        story.project.lose_journal(elsewhere=True)
        one = story.project.start(failpoint=_failpoint("stop", self.point))
        stopped = one.stopped()
        rival = story.project.start(elsewhere=True)
        with contextlib.suppress(TimeoutError):  # it waits for a lock that the first one holds
            rival.stopped(PATIENCE)
        if stopped:
            one.go_on()
        (first,), (other,) = one.wait().result(), rival.wait().result()
        story.lines.append(f"   the other: {other}")
        worlds = story.worlds
        mine_first = [("ok", w) for c, w in story.foretell(worlds, Asked(), 0) if c == first[0] == "ok"]
        then = [(first[0], w) for c, w in _elsewhere(story, [w for _, w in mine_first], 1) if c == other[0]]
        its_first = [w for c, w in _elsewhere(story, worlds, 1) if c == other[0]]
        mine_then = story.foretell(its_first, Asked(), 0)
        beaten = [(first[0], w) for w in its_first if first[0] in BEATEN and other[0] == "ok"]
        won = mine_first if other[0] in BEATEN else []
        story.expect(first, _left([*then, *mine_then, *beaten, *won], Asked()))


BEATEN = ("HYG401", "HYG404")


@dataclass(frozen=True)
class Meanwhile(Step):
    """Rows above all others come while a run reads; they come with the next one."""

    count: int = 1

    def take(self, story: Story) -> None:
        if not story.flow.watermark:
            return
        trial = story.project.start(failpoint="stop:engine.planned@1")
        stopped = trial.stopped()
        foretold = story.foretell(story.worlds, Asked(), 0)
        if stopped:
            Insert(tuple(range(1, self.count + 1))).take(story)
            trial.go_on()
        (done,) = trial.wait().result()
        story.expect(done, _left(foretold, Asked()))


# -- by hand --------------------------------------------------------------------------------------


class _ByHand(Step):
    """A command of `hygge state`."""

    def take(self, story: Story) -> None:
        (done,) = story.project.type(["state", *self.words(story)])
        story.expect(done, [pair for world in story.worlds for pair in self._foretell(story, world)])

    def _foretell(self, story: Story, world: World) -> list[tuple[str, World]]:
        maybe = [("HYG603", world)] if world.open else []
        try:
            return [*maybe, ("ok", self.after(story, world))]
        except Refusal as refusal:
            return [*maybe, (refusal.code, world)]

    @abstractmethod
    def words(self, story: Story) -> list[str]:
        """What is typed."""

    @abstractmethod
    def after(self, story: Story, world: World) -> World:
        """The world after it; raises `Refusal`."""


@dataclass(frozen=True)
class SetMark(_ByHand):
    """The watermark is set so far from the greatest value, by someone who is sure."""

    offset: int

    def words(self, story: Story) -> list[str]:
        return ["set", "f.t", at_text(_at(story, self.offset) or 0, story.flow.at), "--yes"]

    def after(self, story: Story, world: World) -> World:
        return model.set_mark(world, story.flow, _at(story, self.offset) or 0)


@dataclass(frozen=True)
class Reset(_ByHand):
    """The entity is to start over."""

    def words(self, story: Story) -> list[str]:
        return ["reset", "f.t"]

    def after(self, story: Story, world: World) -> World:
        return replace(world, reset=True)


@dataclass(frozen=True)
class Adopt(_ByHand):
    """What is at the destination is the truth."""

    def words(self, story: Story) -> list[str]:
        return ["adopt", "f.t"]

    def after(self, story: Story, world: World) -> World:
        return model.adopted(world, story.flow, story.source)


@dataclass(frozen=True)
class Discard(_ByHand):
    """A job that was cut off is given up."""

    def words(self, story: Story) -> list[str]:
        return ["discard", "f.t"]

    def after(self, story: Story, world: World) -> World:
        if not world.open:
            raise Refusal("HYG603", world)
        return world


# -- to what hygge keeps --------------------------------------------------------------------------


@dataclass(frozen=True)
class LoseJournal(Step):
    """The journal is gone."""

    def take(self, story: Story) -> None:
        story.project.lose_journal()
        story.worlds = [replace(w, journal=None, reset=False, left=(None,)) for w in story.worlds]


@dataclass(frozen=True)
class LoseTarget(Step):
    """The destination is gone."""

    def take(self, story: Story) -> None:
        story.project.lose_target()
        story.worlds = [replace(world, target=None) for world in story.worlds]
        story.seen = story.project.rows()


@dataclass(frozen=True)
class LoseFile(Step):
    """One file of the data is gone."""

    number: int

    def take(self, story: Story) -> None:
        if not story.project.lose_file(self.number):
            return
        story.seen = story.project.rows()
        lost = [
            replace(world, target=world.target and replace(world.target, damaged=True))
            for world in story.worlds
        ]
        # A full drop that was cut off may land yet, and then the file is not missed.
        story.worlds = lost + [world for world in story.worlds if world.open]


@dataclass(frozen=True)
class BackUp(Step):
    """Journal and destination are copied."""

    def take(self, story: Story) -> None:
        story.project.back_up()
        story.worlds = [replace(world, backup=_kept(world)) for world in story.worlds]


def _kept(world: World) -> tuple[Any, ...]:
    return (world.target, world.journal, world.reset, world.open, world.unsettled, world.left)


@dataclass(frozen=True)
class Restore(Step):
    """The copy of the journal, of the destination or of both comes back."""

    journal: bool
    target: bool

    def take(self, story: Story) -> None:
        story.project.restore(journal=self.journal, target=self.target)
        story.worlds = [self._restored(world) for world in story.worlds]
        story.seen = story.project.rows()

    def _restored(self, world: World) -> World:
        target, journal, reset, open_, unsettled, left = world.backup
        if self.target:
            world = replace(world, target=target, unsettled=unsettled)
        if self.journal:
            world = replace(world, journal=journal, reset=reset, open=open_, left=left)
        return world
