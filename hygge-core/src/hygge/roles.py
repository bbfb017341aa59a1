"""The three roles that a connector can play. Read this and `hookspecs.py` and you know the system.

Instances live in one process and one thread at a time; the values they exchange (`hygge.model`)
travel. A role is constructed with its configuration: a mapping that was validated against the
connector's JSON Schema, its ``connection`` merged in, paths made absolute, secrets still references
(`hygge.secrets.resolve`). Names may hold the placeholder ``{entity}``, filled with
`hygge.placeholders`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from hygge.errors import NeedsUser, StopEntity
from hygge.model import (
    CommitPlan,
    Entry,
    Finding,
    Head,
    Job,
    Plan,
    ReadRequest,
    Receipt,
    Row,
    Split,
    Staged,
    Target,
    TargetState,
    Window,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Home", "Journal", "Store"]


class Home(ABC):
    """A source of tables."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config

    @abstractmethod
    def identity(self, entity: str) -> str:
        """Canonical address of what ``entity`` is read from; no secrets, equal on every host."""

    @abstractmethod
    def plan(self, request: ReadRequest) -> Plan:
        """Schema from the catalogue, splits, and the upper end of the window, fixed before reading.

        Raises `DataError` where the request cannot be met exactly.
        """

    @abstractmethod
    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        """The rows of one split, in batches of the planned schema; may yield none."""

    def entities(self) -> Sequence[str]:
        """Names of what could be read, sorted."""
        return ()

    def check(self, entity: str) -> Sequence[Finding]:
        """Reach, rights, driver: each finding with its fix."""
        return ()

    def cancel(self) -> None:
        """Break off a `read` that another thread is in; the one method that may cross threads."""
        return

    def close(self) -> None:
        """Let go of connections; repeatable."""
        return


class Store(ABC):
    """A destination of tables. Nothing is visible before `commit`; the receipt is beside the data."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config

    @abstractmethod
    def identity(self, target: Target) -> str:
        """Canonical address of where the entity settles; no secrets, equal on every host.

        Does no I/O. Raises `ConfigurationError` HYG113 for an entity whose name the target cannot have.
        """

    @abstractmethod
    def state(self, target: Target) -> TargetState:
        """What is there now; touches nothing."""

    def survey(self, targets: Sequence[Target]) -> Mapping[Target, object]:
        """What is seen of many targets at once, where that is cheaper than looking at each.

        `ready` gets it, as it is, soon afterwards. A target that is left out is looked at by itself.
        """
        return {}

    def ready(self, target: Target, seen: object = None, known: Receipt | None = None) -> TargetState:
        """Clean up what runs before this one left, and say what is there then.

        ``seen`` is what a `survey` saw of the target, perhaps from another instance, or None. ``known`` is
        the last receipt of the journal: where that job's is the last here, too, it need not be read again.
        """
        self.sweep(target, ())
        return self.state(target)

    def conclude(self) -> None:
        """Do what is done once for all targets that this instance has surveyed, after the last has ended.

        A run that dies or is stopped never asks for it, so nothing may depend on it.
        """
        return

    def foresee(self, job: Job) -> None:
        """Raise `NeedsUser` where the planned job could never land, as far as its schema and the target tell.

        Touches nothing. Asked before a row is read, and by `hygge plan`; what changes afterwards is for
        `seal` to refuse.
        """
        return

    @abstractmethod
    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        """Write one split, invisible until commit; staging a split again replaces it.

        ``batches`` holds at least one batch (it may have no rows) and may raise: then nothing counts, and
        the error goes on as it is.
        """

    def stage_overlap(self, job: Job, identities: bytes) -> None:
        """Keep with the staged rows what the next append leaves out; part of the receipt (`overlap`).

        16 bytes a row, sorted. Called before `seal`, on the same instance; a job without them leaves it out.
        Durable with the staged rows, at the latest when `seal` returns and its plan is kept.
        """
        raise StopEntity(
            f"store type {job.store_type!r} cannot append by identity",
            code="HYG405",
            remedy="Use write: upsert with keys, or run_type: full_drop.",
        )

    @abstractmethod
    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        """Decide names, numbers and schema changes; publish nothing."""

    @abstractmethod
    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        """Make the job visible, once, however often it is called and by whom.

        Succeeds only if the target's last receipt is ``job.base``, checked in the step that writes
        the new receipt; else raises `Superseded` and nothing happens. A lost reply raises
        `CommitUnknown`. A receipt of this job that is there already is returned as it is.
        """

    @abstractmethod
    def receipt(self, job: Job) -> Receipt | None:
        """Did this job land? Asked of the last jobs of a target, also where others have followed."""

    def overlap(self, receipt: Receipt) -> bytes:
        """The identities that were staged with the receipt's job; empty if there were none."""
        return b""

    @abstractmethod
    def abort(self, job: Job) -> None:
        """Remove what the job staged, by its id alone; repeatable; never undoes a commit.

        Raises `Refused` HYG603 if the commit of the job has begun and can only be finished.
        """

    def sweep(self, target: Target, live_jobs: Sequence[str]) -> None:
        """Remove staging of jobs that nobody knows any more; finish a commit that was begun."""
        return

    def rows(self, job: Job, receipt: Receipt) -> int | None:
        """Rows of this job that the store can see now, asked from the store; None: it can't tell."""
        return None

    def read_back(self, receipt: Receipt, columns: Sequence[str], window: Window) -> Iterator[pa.RecordBatch]:
        """The named columns of the committed rows inside a window of the target's own column.

        Types are those of the receipt's schema. Asked only of stores that promise it.
        """
        raise StopEntity(
            "this kind of store cannot give rows back",
            code="HYG405",
            remedy="Use write: upsert with keys, or load it anew with `hygge run FLOW.ENTITY --full-drop`.",
        )

    def as_read_back(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch as `read_back` would give its rows: otherwise where the store keeps null for a NaN."""
        return batch

    def connection(self) -> str:
        """Address of what ``exclusive="connection"`` serialises commits on; no secrets."""
        return ""

    def check(self, target: Target) -> Sequence[Finding]:
        """Reach, rights, space: each finding with its fix."""
        return ()

    def close(self) -> None:
        """Let go of connections; repeatable."""
        return


class Journal(ABC):
    """The durable record of every run."""

    @abstractmethod
    def append(self, entries: Sequence[Entry]) -> None:
        """Write a group; returns only when all of it would survive a power cut. Thread-safe."""

    @abstractmethod
    def heads(self, flow: str) -> Mapping[str, Head]:
        """Where each entity of the flow stands; costs the same with a million rows behind it."""

    @abstractmethod
    def rows(
        self, *, flow: str | None = None, entity: str | None = None, run_id: str | None = None
    ) -> Iterator[Row]:
        """Finished attempts, newest first."""

    @abstractmethod
    def lease(self, flow: str) -> AbstractContextManager[None]:
        """One run of a flow at a time, on any host that shares the journal; else `LeaseHeld`."""

    def address(self) -> str:
        """Where it is kept, the same for all who share it; no secrets."""
        return ""

    def fold(self, *, force: bool = False) -> None:
        """Gather the log into the snapshot; without ``force`` the journal decides if it is worth it."""
        return

    def backup(self) -> str:
        """Copy all that counts to a new place; its address."""
        raise NeedsUser(
            "this kind of journal cannot be backed up, so its state cannot be changed by hand",
            code="HYG503",
            remedy="Use a journal on files, or load the entity with `hygge run FLOW.ENTITY --full-drop`.",
        )

    def close(self) -> None:
        """Let go of files; repeatable."""
        return
