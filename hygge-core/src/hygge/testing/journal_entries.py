"""What the laws of a journal stand on: entries of attempts, and what other processes do with them."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.model import CommitPlan, Entry, Head, Job, Receipt, Row
from hygge.roles import Journal
from hygge.testing.values import job_id, make_job

__all__ = [
    "Opener",
    "append_all",
    "append_and_die",
    "attempt",
    "fold",
    "heads_of",
    "hold",
    "local_journal",
    "numbers",
    "read_bytes",
    "story",
]

Opener = Callable[[Mapping[str, Any], str], Journal]
"""Opens the journal at a place for one run; a function of a module, so that other processes find it."""

AT = "2020-02-29T00:00:00.000+00:00"


def local_journal(place: Mapping[str, Any], run_id: str) -> Journal:
    """hygge-core's own journal in the folder ``place["path"]``."""
    holder = {"pid": str(os.getpid()), "host": socket.gethostname(), "run": run_id}
    return FileJournal(LocalFileSystem(place["path"]), run_id, holder)


def attempt(entity: str, number: int, flow: str = "laws") -> tuple[Job, CommitPlan, Receipt, Row]:
    """All that the journal learns of one attempt that succeeds."""
    job = make_job(
        entity, store_type="none", store={"path": "out"}, target_identity=f"none:{entity}", id=job_id()
    )
    job = replace(job, flow=flow, base_number=number)
    plan = CommitPlan(job_id=job.id, rows=number, bytes=8 * number, token={"files": [f"part-{number}"]})
    receipt = Receipt(
        job_id=job.id,
        number=number + 1,
        base=None,
        flow=flow,
        entity=entity,
        source_identity=job.source_identity,
        target_identity=job.target_identity,
        run_type=job.run_type,
        mode=job.mode,
        rows=number,
        bytes=8 * number,
        schema=job.schema,
        committed_at=AT,
    )
    row = Row(
        entity_run_id=job.id,
        run_id=job.run_id,
        project=job.project,
        flow=flow,
        entity=entity,
        home_type=job.home_type,
        store_type=job.store_type,
        source_identity=job.source_identity,
        target_identity=job.target_identity,
        run_type=job.run_type,
        mode=job.mode,
        status="success",
        started_at=AT,
        finished_at=AT,
        rows_written=number,
    )
    return job, plan, receipt, row


def story(entity: str, number: int, run_id: str, flow: str = "laws") -> list[Entry]:
    """The entries of one attempt that succeeds: planned, sealed, committed."""
    job, plan, receipt, row = attempt(entity, number, flow)
    entry = Entry(kind="planned", at=AT, run_id=run_id, flow=flow, entity=entity, job_id=job.id)
    return [
        replace(entry, job=job),
        replace(entry, kind="sealed", plan=plan),
        replace(entry, kind="committed", receipt=receipt, row=replace(row, run_id=run_id)),
    ]


def heads_of(entries: Sequence[Entry]) -> list[Head]:
    """The heads after none, one, two and all three entries of a story."""
    planned, sealed, committed = entries
    return [
        Head(),
        Head(job=planned.job),
        Head(job=planned.job, plan=sealed.plan),
        Head(receipt=committed.receipt),
    ]


# -- in other processes ----------------------------------------------------------------------


def append_all(opener: Opener, place: Mapping[str, Any], run_id: str, entries: Sequence[Entry]) -> None:
    """Append one by one and end as a run does."""
    journal = opener(place, run_id)
    for entry in entries:
        journal.append([entry])
    journal.close()


def append_and_die(
    opener: Opener, place: Mapping[str, Any], run_id: str, entries: Sequence[Entry], told: str
) -> None:
    """Append one by one, note how many were promised to be safe, and end without a word."""
    journal = opener(place, run_id)
    with journal.lease("laws"):
        for number, entry in enumerate(entries, 1):
            journal.append([entry])
            Path(told).write_text(str(number))
        os.kill(os.getpid(), signal.SIGKILL)


def hold(opener: Opener, place: Mapping[str, Any], run_id: str, flow: str, held: str) -> None:
    """Hold a lease until killed."""
    with opener(place, run_id).lease(flow):
        Path(held).touch()
        time.sleep(600)


def fold(opener: Opener, place: Mapping[str, Any], run_id: str) -> None:
    """Fold and end as a run does."""
    journal = opener(place, run_id)
    with journal.lease("laws"):
        journal.fold(force=True)
    journal.close()


def read_bytes(opener: Opener, place: Mapping[str, Any], flow: str) -> int:
    """Bytes that one look at the heads reads, as Linux counts them."""
    journal = opener(place, "reader")
    before = _read_so_far()
    journal.heads(flow)
    return _read_so_far() - before


def _read_so_far() -> int:
    counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counts["rchar"])


def numbers() -> Iterator[str]:
    """Ids of runs, in the order of their beginning."""
    for number in range(10_000):
        yield f"20200229T{number // 3600:02}{number // 60 % 60:02}{number % 60:02}-{number:010x}"
