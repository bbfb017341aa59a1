"""Commit a sealed job and see what landed; the same for a run and for its recovery."""

from __future__ import annotations

from dataclasses import dataclass

from hygge.engine.around import Around
from hygge.engine.retry import retrying
from hygge.errors import CommitUnknown, HyggeError, NeedsUser, RunStopped, StopEntity, Superseded
from hygge.failpoints import failpoint
from hygge.model import CommitPlan, Job, Receipt, Verdict
from hygge.roles import Store

__all__ = ["Reconciled", "commit", "lost", "reconcile"]

GIVE_UP = (
    "What is sealed stays as it is and is committed first: `hygge state discard FLOW.ENTITY` gives it up, "
    "and the next run reads anew."
)
ASKS = 3  # times the receipt is asked for after lost replies


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Whether the rows that were read are those that landed."""

    verdict: Verdict
    reason: str = ""
    lost: bool = False  # the counts differ


def commit(store: Store, job: Job, plan: CommitPlan, around: Around) -> Receipt:
    """Make the job visible; after a lost reply the receipt decides."""
    failpoint("commit.begin")
    try:
        with around.alone(job.store_type, store):
            receipt = retrying(lambda: _commit(store, job, plan), around.stop, f"{job.flow}.{job.entity}")
    except (Superseded, RunStopped):
        raise
    except (NeedsUser, StopEntity) as error:  # the source may be mended by now, what was sealed is not
        durable = around.registry.store_type(job.store_type).capabilities.staging == "durable"
        if durable and "state discard" not in error.remedy:
            error.remedy = f"{error.remedy} {GIVE_UP}".lstrip()
        raise
    failpoint("commit.done")
    return receipt


def _commit(store: Store, job: Job, plan: CommitPlan) -> Receipt:
    try:
        return _until_known(store, job, plan)
    except Superseded:
        receipt = store.receipt(job)
        if receipt is None:
            raise
        return receipt  # what came after was built on this very job, which somebody else has finished


def _until_known(store: Store, job: Job, plan: CommitPlan) -> Receipt:
    for _ in range(ASKS):
        try:
            return store.commit(job, plan)
        except CommitUnknown:
            receipt = store.receipt(job)
            if receipt is not None:
                return receipt
    return store.commit(job, plan)


def reconcile(store: Store, job: Job, receipt: Receipt, expected: int | None) -> Reconciled:
    """Compare rows read, staged and landed; ``expected`` is rows read less rows left out."""
    failpoint("reconcile.begin")
    try:
        found = store.rows(job, receipt)
    except HyggeError as error:
        return Reconciled(verdict="not_verified", reason=error.message)
    if found is None:
        return Reconciled(verdict="unsupported")
    if found == receipt.rows and expected in (None, receipt.rows):
        return Reconciled(verdict="verified")
    read = f"{expected} rows were read" if expected is not None else "rows read: unknown"
    return Reconciled(
        verdict="not_verified",
        lost=True,
        reason=f"{read}, {receipt.rows} staged, {found} found at the destination",
    )


def lost(job: Job, checked: Reconciled) -> StopEntity:
    """The error of a job that has landed without all of its rows."""
    return StopEntity(
        f"{job.flow}.{job.entity}: rows were lost on the way: {checked.reason}",
        code="HYG601",
        remedy="Load it anew with `hygge run FLOW.ENTITY --full-drop`.",
    )
