"""The store ``type: rest``: parts are uploaded, then one conditional request commits them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from hygge import schemas
from hygge.codec import decode, encode
from hygge.errors import NeedsUser, Refused, Superseded
from hygge.failpoints import failpoint
from hygge.jobs import begun_long_ago, receipt_for
from hygge.model import CommitPlan, Job, Receipt, Staged, Target, TargetState
from hygge.roles import Store
from hygge_rest.api import Api, Conflict, Missing

OVERLAP = "overlap"
FOREIGN = "rows that hygge did not write"


class RestStore(Store):
    """The API changes a table only from the version that the request names: that decides who commits."""

    def identity(self, target: Target) -> str:
        return f"{self._api().url}/tables/{target.entity}"

    # -- what is there -----------------------------------------------------------------------------

    def state(self, target: Target) -> TargetState:
        table = self._table(target.entity)
        last = _receipt(table["receipts"][-1]) if table["receipts"] else None
        foreign = FOREIGN if table["version"] != "none" and last is None else None
        return TargetState(receipt=last, schema=last.schema if last else None, foreign=foreign)

    def receipt(self, job: Job) -> Receipt | None:
        found = map(_receipt, self._table(job.entity)["receipts"])
        return next((receipt for receipt in found if receipt.job_id == job.id), None)

    def overlap(self, receipt: Receipt) -> bytes:
        try:
            return self._api().get_bytes("tables", receipt.entity, OVERLAP)
        except Missing:
            return b""

    def rows(self, job: Job, receipt: Receipt) -> int | None:
        landed: int | None = self._table(job.entity)["landed"].get(job.id)
        return landed

    def _table(self, entity: str) -> Any:
        """The version of a table, the receipts of its jobs, and how many rows each of them brought."""
        try:
            return self._api().get("tables", entity)
        except Missing:
            return {"version": "none", "receipts": [], "landed": {}}

    # -- the order of a commit ----------------------------------------------------------------------

    def foresee(self, job: Job) -> None:
        """Raise for what can never land; `hygge plan` shows it, too."""
        names = schemas.unpack(job.schema).names
        double = sorted({name for name in names if names.count(name) > 1})
        if job.mode not in ("replace", "append"):
            why, remedy = f"the API cannot {job.mode}", "Use write: append, or run_type: full_drop."
        elif "_hygge_op" in names:
            why, remedy = "the API cannot delete rows", "Read a source that has no deletes to tell of."
        elif double or not names:
            why = f"columns of one name: {', '.join(double)}" if double else "there are no columns"
            remedy = "Rename them with polish."
        else:
            return
        raise NeedsUser(f"{job.entity}: {why}", code="HYG405", remedy=remedy)

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        """Each batch is a part of its own: no more than one is in memory."""
        self.foresee(job)
        names, rows, size = [], 0, 0
        for number, batch in enumerate(batches):
            data = _stream(batch)
            names.append(f"{quote(split_id, safe='')}.{number:06d}")
            self._api().put("parts", job.entity, job.id, names[-1], data=data)
            failpoint("stage.put")
            rows, size = rows + batch.num_rows, size + len(data)
        return Staged(split_id=split_id, rows=rows, bytes=size, token={"parts": names})

    def stage_overlap(self, job: Job, identities: bytes) -> None:
        self._api().put("parts", job.entity, job.id, OVERLAP, data=identities)

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        """What earlier attempts at a split have left is not named here, and so never counts."""
        return CommitPlan(
            job_id=job.id,
            rows=sum(part.rows for part in staged),
            bytes=sum(part.bytes for part in staged),
            token={"parts": [name for part in staged for name in part.token["parts"]]},
        )

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        landed = self.receipt(job) or self._land(job, plan)
        self.abort(job)
        return landed

    def _land(self, job: Job, plan: CommitPlan) -> Receipt:
        table = self._table(job.entity)
        self._expect(job, table)
        receipt = receipt_for(job, plan)
        document = {
            "job": job.id,
            "mode": job.mode,
            "parts": plan.token["parts"],
            "overlap": plan.overlap is not None,
            "receipt": encode(receipt).decode(),
        }
        failpoint("commit.begin")
        try:
            self._api().commit("tables", job.entity, document=document, version=table["version"])
        except Conflict:  # somebody was faster; perhaps with this very job
            landed = self.receipt(job)
            if landed is None:
                raise _superseded(job) from None
            return landed
        failpoint("commit.done")
        return receipt

    def _expect(self, job: Job, table: Any) -> None:
        """Raise unless the target is what the job was planned on."""
        last = _receipt(table["receipts"][-1]).job_id if table["receipts"] else None
        if last != job.base:
            raise _superseded(job)
        if last is None and table["version"] != "none" and not (job.adopt and job.mode == "replace"):
            raise Refused(
                f"{job.entity}: {FOREIGN}", code="HYG402", remedy="Use --full-drop --adopt to replace them."
            )

    # -- cleaning up ---------------------------------------------------------------------------------

    def abort(self, job: Job) -> None:
        self._api().delete("parts", job.entity, job.id)
        failpoint("parts.deleted")

    def sweep(self, target: Target, live_jobs: Sequence[str]) -> None:
        landed = {_receipt(text).job_id for text in self._table(target.entity)["receipts"]}
        for job_id in self._api().get("parts", target.entity):
            if job_id not in live_jobs and (job_id in landed or begun_long_ago(job_id)):
                self._api().delete("parts", target.entity, job_id)

    def _api(self) -> Api:
        return Api(self.config)


def _receipt(text: str) -> Receipt:
    return decode(text.encode(), Receipt)


def _stream(batch: pa.RecordBatch) -> bytes:
    """An Arrow IPC stream: every type comes back as it was."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _superseded(job: Job) -> Superseded:
    return Superseded(f"{job.entity}: another job has committed", remedy="Run again: it plans anew.")
