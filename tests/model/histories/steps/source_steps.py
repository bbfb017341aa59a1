"""What happens to the source."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from histories.source import AT, Row, altered
from histories.steps.step import Step, at
from histories.story import Story
from histories.world import Columns

__all__ = [
    "KEEP",
    "AddColumn",
    "Copy",
    "Delete",
    "DropColumn",
    "Insert",
    "Rename",
    "Reorder",
    "Retype",
    "Update",
]

KEEP = 99  # an offset that leaves the watermark value as it is


@dataclass(frozen=True)
class Insert(Step):
    """New rows, each so far from the greatest watermark value; None: it has none."""

    offsets: tuple[int | None, ...]

    def take(self, story: Story) -> None:
        story.change(story.source.add(self.rows(story), as_file=story.flow.home != "sqlite"))

    def rows(self, story: Story) -> tuple[Row, ...]:
        clock = story.source.clock
        return tuple(
            _row(story, clock * 10 + number, at(story, offset), number)
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
        moved = {} if self.offset == KEEP else {AT: at(story, self.offset)}
        notes = {name: f"w{clock}" for name, _ in story.source.columns if name in ("note", "label")}
        if count:
            story.change(
                story.source.change(
                    lambda place, row: altered(row, notes | moved) if place == self.place % count else row
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
    def columns(self, before: Columns) -> Columns:
        """The columns from here on."""

    def named(self, name: str) -> str:
        """What a column is called from here on."""
        return name


@dataclass(frozen=True)
class AddColumn(_Reshape):
    """A column more."""

    name: str = "x"
    kind: str = "int32"

    def columns(self, before: Columns) -> Columns:
        return before if self.name in dict(before) else (*before, (self.name, self.kind))


@dataclass(frozen=True)
class DropColumn(_Reshape):
    """A column less."""

    name: str = "note"

    def columns(self, before: Columns) -> Columns:
        return tuple((name, kind) for name, kind in before if name != self.name)


@dataclass(frozen=True)
class Rename(_Reshape):
    """The note is called label, or the other way round."""

    def columns(self, before: Columns) -> Columns:
        return tuple((self.named(name), kind) for name, kind in before)

    def named(self, name: str) -> str:
        return {"note": "label", "label": "note"}.get(name, name)


@dataclass(frozen=True)
class Retype(_Reshape):
    """The added column has another type."""

    kind: str

    def columns(self, before: Columns) -> Columns:
        return tuple((name, self.kind if name == "x" else kind) for name, kind in before)


@dataclass(frozen=True)
class Reorder(_Reshape):
    """The same columns in another order."""

    def columns(self, before: Columns) -> Columns:
        return before[::-1]
