"""Values that cross a process boundary: frozen, picklable, their payload JSON.

Nothing here imports Arrow; a schema travels as text (see `hygge.schemas`) and `hygge.codec`
turns every value of this module into JSON and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "Asked",
    "CommitPlan",
    "Entry",
    "Finding",
    "Head",
    "Job",
    "Mode",
    "Overlap",
    "Plan",
    "ReadRequest",
    "Receipt",
    "Row",
    "RunType",
    "Split",
    "Staged",
    "Status",
    "Target",
    "TargetState",
    "WatermarkValue",
    "Window",
]

RunType = Literal["full_drop", "incremental"]
Mode = Literal["replace", "append", "upsert"]
Status = Literal["success", "failed", "skipped", "aborted"]
Verdict = Literal["verified", "not_verified", "unsupported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where one entity settles."""

    flow: str  # its name
    entity: str  # the name that the flow gives it: data, never SQL, never a path


@dataclass(frozen=True, slots=True, kw_only=True)
class WatermarkValue:
    """The highest value of ``column`` that is safely in the store; exact, as text with its type."""

    column: str  # the home's name of it
    type: str  # as `hygge.watermark.type_name` gives it: "int64", "timestamp[us]", "string" ...
    value: str | None  # None: rows were committed, none of them had a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What one run reads: ``lower <= column <= upper``; both ends inclusive, None is open."""

    column: str  # the home's name of it
    type: str | None = None  # None until the plan has named it
    lower: str | None = None  # the committed watermark minus the lookback
    upper: str | None = None  # fixed by `Home.plan`, before anything is read
    nulls: bool = False  # rows without a value belong to the window, too
    fail_on_nulls: bool = False  # the plan refuses a source that has such rows (`DataError` HYG304)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """What a home is asked for; `Home.plan` and `Home.read` get the same one, its window completed."""

    entity: str  # the name that the flow gives it
    columns: tuple[str, ...] | None = None  # in this order; None: all, in the source's
    where: str | None = None  # a filter in the source's own language; refused by a home that has none
    window: Window | None = None  # None: every row
    position: str | None = None  # where the last run stood, for homes that count by themselves
    limit: int | None = None  # rows of the entity at most, for trying things out; more are cut off
    pinned: str | None = None  # packed schema of the last committed read; a home that samples keeps to it
    batch_rows: int = 65_536  # upper bounds of one record batch
    batch_bytes: int = 16 * 1024 * 1024  # as Arrow counts them, where rows are of about one size


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One independently readable part of an entity; ``payload`` is the home's own JSON."""

    id: str  # any text, unlike that of the plan's other splits
    payload: Mapping[str, Any] = field(default_factory=dict)  # all that reading it needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What reading will give, fixed before the first row is read."""

    schema: str  # Arrow schema from the catalogue, packed
    splits: tuple[Split, ...]  # at least one, also where there are no rows
    window: Window | None = None  # the request's, with type and upper end
    position: str | None = None  # where the next run goes on once this has landed; text of the home's own
    statement: str = ""  # what is sent to the source, for people
    rows_expected: int | None = None  # an estimate, for progress
    one_snapshot: bool = False  # all splits see the source at one moment
    operations: bool = False  # batches carry `_hygge_op`
    repeats: bool = False  # rows of before the position come again; an append refuses them
    notes: tuple[str, ...] = ()  # what the guarantee does not cover, for people: `hygge plan` shows it
    warnings: tuple[str, ...] = ()  # what is amiss this time, such as rows left out: told by runs, journaled


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What whoever began a run asked for besides its selection."""

    run_type: RunType | None = None  # None: each flow's own
    adopt: bool = False
    lower: str | None = None  # of a backfill, as typed
    upper: str | None = None
    settings: tuple[str, ...] = ()  # flow.path=value
    hidden: tuple[str, ...] = ()  # flow.path of settings that held a secret, which is not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attempt to move one entity; recovery works from it alone, never from today's files."""

    id: str  # begins with the moment it began (`hygge.jobs.begun_long_ago`)
    run_id: str  # of the run that began it
    project: str  # its name
    flow: str  # its name
    entity: str  # the name that the flow gives it
    home_type: str  # as in ``home: {type: NAME}``
    store_type: str  # as in ``store: {type: NAME}``
    source_identity: str  # `Home.identity`
    target_identity: str  # `Store.identity`
    home: Mapping[str, Any]  # the home's configuration, secrets as references
    store: Mapping[str, Any]  # likewise
    run_type: RunType  # full_drop or incremental
    mode: Mode  # replace, append or upsert
    schema: str  # of the target once the job has landed: polished, in the target's order
    started_at: str  # ISO 8601, UTC
    home_schema: str = ""  # as the home gives it
    keys: tuple[str, ...] = ()  # the target's names
    latest_by: str | None = None  # the target's name of the column whose greatest value wins among equal keys
    absent: tuple[str, ...] = ()  # columns of the schema that the source lacks; an upsert leaves them alone
    reading: Mapping[str, str] = field(default_factory=dict)  # keys, columns, where, query, watermark, polish
    base: str | None = None  # id of the job whose receipt the target must still have
    base_number: int = 0  # that receipt's number; 0: none
    window: Window | None = None  # what was planned; None: every row
    adopt: bool = False  # data that hygge did not write may be replaced
    asked: Asked | None = None  # of its run; None: nothing
    warnings: tuple[str, ...] = ()  # changes of the schema, the plan's warnings; the journal keeps them

    @property
    def target(self) -> Target:
        return Target(flow=self.flow, entity=self.entity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """Proof that one split is written but invisible; ``token`` is the store's own JSON."""

    split_id: str  # as `Store.stage` was given it
    rows: int  # written
    bytes: int  # written, as they lie there
    token: Mapping[str, Any] = field(default_factory=dict)  # what `seal` needs to find them again


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What the next append has to leave out: the committed rows it will read again.

    ``digest`` is the order-independent sum of their 128-bit identities; the identities themselves
    are bytes that the store keeps beside the receipt (`Store.overlap`).
    """

    columns: tuple[str, ...]  # what an identity is made of
    count: int  # identities
    digest: str  # 32 hex digits
    lower: str | None  # identities cover rows at or above this value
    upper: str | None = None  # and up to this one, whatever the watermark was set to since
    nulls: int | None = 0  # committed rows without a value, all of them among the identities; None: not all


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitPlan:
    """Everything a commit will do, decided before it starts."""

    job_id: str  # of the job
    rows: int  # of all splits
    bytes: int  # of all splits
    token: Mapping[str, Any] = field(default_factory=dict)  # the store's own JSON
    total: int | None = None  # rows of the target once this has landed, less those that upserts added
    watermark: WatermarkValue | None = None  # the engine's, as the next three: kept as they are
    position: str | None = None  # `Plan.position`
    overlap: Overlap | None = None  # what was given to `Store.stage_overlap`


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof, kept with the target, that one job landed; enough to go on when the journal is lost."""

    job_id: str  # of the job that landed
    number: int  # 1 for a target's first receipt, then the base's plus one
    base: str | None  # id of the job whose receipt it follows
    flow: str  # as in the job, and so the next five
    entity: str
    source_identity: str
    target_identity: str
    run_type: RunType
    mode: Mode
    rows: int  # landed with this job
    bytes: int  # landed with this job
    schema: str  # of the target since then
    committed_at: str  # ISO 8601, UTC
    home_schema: str = ""  # of the source as it was read
    total: int | None = None  # rows of the target since then, less those that upserts added; None: not known
    reading: Mapping[str, str] = field(default_factory=dict)  # as in the job
    watermark: WatermarkValue | None = None  # as in the plan, and so the next two
    position: str | None = None
    overlap: Overlap | None = None
    token: Mapping[str, Any] = field(default_factory=dict)  # the store's own JSON
    restart: bool = False  # by hand, in the journal alone: the home is to begin again, whatever the position


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """What is at a target now."""

    receipt: Receipt | None = None  # the last one
    schema: str | None = None  # packed, of what is there
    foreign: str | None = None  # what is there that hygge did not write, for people
    taken: str | None = None  # what not even --adopt replaces, for people: another target in it, a view
    damage: str | None = None  # how the data and the last receipt disagree, for people
    pending: str | None = None  # id of the job whose commit has begun and must be finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of a check; ``fix`` is empty when all is well."""

    subject: str  # what was looked at
    ok: bool  # whether a run can rely on it
    message: str  # what was found
    fix: str = ""  # what to do about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One finished attempt, as `journal.parquet` keeps it for people."""

    entity_run_id: str
    run_id: str
    project: str
    flow: str
    entity: str
    home_type: str
    store_type: str
    source_identity: str
    target_identity: str
    run_type: RunType
    mode: Mode
    status: Status
    started_at: str
    finished_at: str
    rows_read: int = 0
    rows_written: int = 0
    bytes_written: int = 0
    watermark_column: str | None = None
    watermark_type: str | None = None
    watermark_lower: str | None = None
    watermark_upper: str | None = None
    position: str | None = None
    verdict: Verdict = "not_verified"
    message: str = ""
    schema_fingerprint: str = ""
    hygge_version: str = ""
    schema_version: int = 1
    asked: str = ""  # of its run, as JSON (`Asked`)


EntryKind = Literal[
    "planned", "sealed", "committed", "skipped", "aborted", "failed", "adopted", "discarded", "reset"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event in the life of an attempt.

    planned carries ``job``; sealed ``plan``; committed and adopted ``receipt``;
    every end of an attempt ``row``.
    """

    kind: EntryKind
    at: str
    run_id: str
    flow: str
    entity: str
    job_id: str = ""
    job: Job | None = None
    plan: CommitPlan | None = None
    receipt: Receipt | None = None
    row: Row | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the journal stands with one entity."""

    receipt: Receipt | None = None  # the last commit (or adoption)
    job: Job | None = None  # an attempt without an end
    plan: CommitPlan | None = None  # ... which was sealed
    reset: bool = False  # the user asked to start over: the next run replaces
