"""Heal what an earlier run left open, by the recovery table of ARCHITECTURE.md.

Works from the job as it was journaled, never from today's configuration.
"""

from __future__ import annotations

import logging

from hygge.engine import rows
from hygge.engine.around import Around, now
from hygge.engine.commit import commit, reconcile
from hygge.errors import Superseded
from hygge.failpoints import failpoint
from hygge.model import Entry, EntryKind, Head, Job, Receipt, Row
from hygge.roles import Store

__all__ = ["recover"]

log = logging.getLogger("hygge")


def recover(head: Head, around: Around) -> Head:
    """The head once the open attempt, if any, has an end."""
    if head.job is None:
        return head
    failpoint("recover.begin")
    job = head.job
    around.tell("phase", job.flow, job.entity, phase="recovering")
    store = around.registry.open_store(job.store_type, job.store)
    try:
        receipt = store.receipt(job)
        if receipt is None and head.plan is not None and _durable(job, around):
            receipt = _forward(store, head, job, around)
        if receipt is not None:
            return _committed(store, job, receipt, around)
        return _aborted(store, head, job, around)
    finally:
        store.close()


def _durable(job: Job, around: Around) -> bool:
    return around.registry.store_type(job.store_type).capabilities.staging == "durable"


def _forward(store: Store, head: Head, job: Job, around: Around) -> Receipt | None:
    """Commit the stored plan; None if somebody else has committed since, so that it never can."""
    assert head.plan is not None
    try:
        return commit(store, job, head.plan, around)
    except Superseded as error:
        log.warning("%s.%s: sealed job %s is given up: %s", job.flow, job.entity, job.id, error.message)
        return None


def _committed(store: Store, job: Job, receipt: Receipt, around: Around) -> Head:
    checked = reconcile(store, job, receipt, None)
    row = rows.landed(
        job,
        receipt,
        rows_read=receipt.rows,
        verdict=checked.verdict,
        message="; ".join(filter(None, ["finished by a later run", checked.reason, *job.warnings])),
    )
    _journal(around, job, "committed", row, receipt)
    log.info("%s.%s: finished the commit of job %s", job.flow, job.entity, job.id)
    if checked.lost:
        log.warning("%s.%s: rows of job %s are missing: %s", job.flow, job.entity, job.id, checked.reason)
    return Head(receipt=receipt)


def _aborted(store: Store, head: Head, job: Job, around: Around) -> Head:
    store.abort(job)
    failpoint("recover.aborted")
    kind: EntryKind = "aborted" if head.plan is None else "discarded"
    _journal(around, job, kind, rows.row(job, "aborted", message="not finished by its run"), None)
    return Head(receipt=head.receipt, reset=head.reset)


def _journal(around: Around, job: Job, kind: EntryKind, row: Row, receipt: Receipt | None) -> None:
    around.journal.append(
        [
            Entry(
                kind=kind,
                at=now(),
                run_id=around.run_id,
                flow=job.flow,
                entity=job.entity,
                job_id=job.id,
                receipt=receipt,
                row=row,
            )
        ]
    )
    failpoint("recover.journaled")
