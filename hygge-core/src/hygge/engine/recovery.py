"""Heal what an earlier run left open, by the recovery table of ARCHITECTURE.md.

Works from the job as it was journaled, never from today's configuration.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from hygge.engine import rows
from hygge.engine.around import Around
from hygge.engine.commit import commit, lost, reconcile
from hygge.errors import ConfigurationError, MissingConnector, NeedsUser, Superseded, TransientError
from hygge.failpoints import failpoint
from hygge.model import EntryKind, Head, Job, Receipt
from hygge.plugins import Registry
from hygge.roles import Store

__all__ = ["answering", "recover"]

log = logging.getLogger("hygge")

LEFT_BEHIND = (
    "That is the destination of an earlier run, which left a job open there. If it is gone for good, give "
    "the job up with `hygge state discard FLOW.ENTITY --yes`."
)


OF_ITS_OWN = (
    "That is how an earlier run reached the destination, which left a job open there. If it can't be had any "
    "more, give the job up with `hygge state discard FLOW.ENTITY --yes`."
)


def recover(head: Head, around: Around, target_identity: str) -> Head:
    """The head once the open attempt, if any, has an end; ``target_identity`` is today's.

    Raises HYG601 where rows of a job that has landed are missing.
    """
    job = head.job
    if job is None:
        return head
    failpoint("recover.begin")
    around.tell("phase", job.flow, job.entity, phase="recovering")
    with _advising(job, target_identity):
        return _ended(head, job, around)


def answering(job: Job, registry: Registry, target_identity: str) -> None:
    """Raise as the recovery of an open job would where its destination cannot be asked about it."""
    with _advising(job, target_identity), closing(registry.open_store(job.store_type, job.store)) as store:
        store.receipt(job)


@contextmanager
def _advising(job: Job, target_identity: str) -> Iterator[None]:
    """Name the last way out where a destination cannot be asked: neither stopped nor answered."""
    try:
        yield
    except (NeedsUser, TransientError) as error:
        if job.target_identity not in ("", target_identity):
            error.remedy = f"{error.remedy} {LEFT_BEHIND}".lstrip()
        elif isinstance(error, ConfigurationError | MissingConnector):  # of the job: today's is well
            error.remedy = f"{error.remedy} {OF_ITS_OWN}".lstrip()
        raise


def _ended(head: Head, job: Job, around: Around) -> Head:
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
    if checked.lost:
        row = replace(row, status="failed")
    around.record("committed", job, receipt=receipt, row=row)
    failpoint("recover.journaled")
    log.info("%s.%s: finished the commit of job %s", job.flow, job.entity, job.id)
    if checked.lost:
        raise lost(job, checked)
    return Head(receipt=receipt)


def _aborted(store: Store, head: Head, job: Job, around: Around) -> Head:
    store.abort(job)
    failpoint("recover.aborted")
    kind: EntryKind = "aborted" if head.plan is None else "discarded"
    around.record(kind, job, row=rows.row(job, "aborted", message="not finished by its run"))
    failpoint("recover.journaled")
    return Head(receipt=head.receipt, reset=head.reset)
