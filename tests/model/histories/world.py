"""What the model knows: all that a run goes by, but for the source and the flow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from histories.source import Row

__all__ = ["Asked", "Columns", "Known", "Receipt", "Refusal", "Rows", "Target", "World"]

Rows = Counter[Row]
Columns = tuple[tuple[str, str], ...]


class Refusal(Exception):
    """The step stops with this code; the world is then this one."""

    def __init__(self, code: str, world: World) -> None:
        super().__init__(code)
        self.code, self.world = code, world


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run is asked for."""

    run_type: str | None = None
    lower: int | None = None
    upper: int | None = None

    @property
    def backfill(self) -> bool:
        return self.lower is not None or self.upper is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Identities of committed rows at or above ``lower``, as the last commit saw them."""

    columns: tuple[str, ...]
    kinds: Columns
    rows: Rows
    lower: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a commit leaves beside the data."""

    number: int
    job: int
    reading: tuple[Any, ...]
    columns: Columns  # of the target
    home: Columns  # as they were read
    mark: int | None = None
    known: Known | None = None
    position: Any = None  # the files that were there, each with its version


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The destination: its rows and their proof."""

    rows: Rows
    receipt: Receipt
    damaged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that a run goes by, but for the source and the flow."""

    target: Target | None = None
    journal: Receipt | None = None
    reset: bool = False
    open: bool = False  # a run was cut off: an attempt without an end may be in the journal
    unsettled: bool = False  # and a reader may find less than this
    astray: bool = False  # and what it had staged may be gone with the destination
    left: tuple[Asked | None, ...] = (None,)  # what `hygge retry` may have to ask for again
    backup: tuple[Any, ...] = (None, None, False, False, False, (None,))  # of the first six

    @property
    def rows(self) -> Rows:
        return self.target.rows if self.target else Rows()
