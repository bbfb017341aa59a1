"""A store made of files: one folder of data files an entity, whatever their format and place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hygge.errors import Refused
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem
from hygge.files.format import FileFormat
from hygge.files.layout import STAGING, SWAP, Layout, is_data_name, layout
from hygge.files.publish import publish, remove_replaced, staged_files, verify_staged
from hygge.files.receipts import Shelf
from hygge.files.staging import OVERLAP, stage_files
from hygge.files.trouble import telling
from hygge.model import CommitPlan, Finding, Job, Receipt, Staged, Target, TargetState
from hygge.roles import Store

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileStore"]

UNKNOWN_FOR = timedelta(days=1)
"""Staging of a job that this journal does not know may be another journal's: it is left this long."""


class FileStore(Store):
    """Staging, sealing, committing and receipts on any `FileSystem`, for any `FileFormat`.

    ``template`` is the entity's folder below the root of ``files``, with ``{entity}`` in it.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        files: FileSystem,
        template: str,
        form: FileFormat,
    ) -> None:
        super().__init__(config)
        self._files = files
        self._template = template
        self._form = form

    # -- what is there ---------------------------------------------------------------------

    def identity(self, target: Target) -> str:
        return self._files.address(self._layout(target).folder)

    def state(self, target: Target) -> TargetState:
        where = self._layout(target)
        with telling("looking at the destination", self.identity(target)):
            shelf = self._shelf(where)
            receipt, claim = shelf.last(), shelf.claim()
            foreign, own, size = self._contents(where)
        return TargetState(
            receipt=receipt,
            schema=receipt.schema if receipt else None,
            foreign=foreign or ("data files without any receipt" if own and not (receipt or claim) else None),
            damage=None if claim else _damage(receipt, own, size),
            pending=claim.job_id if claim else None,
        )

    def receipt(self, job: Job) -> Receipt | None:
        return self._shelf(self._layout(job.target)).find(job.id)

    def overlap(self, receipt: Receipt) -> bytes:
        where = self._layout(Target(flow=receipt.flow, entity=receipt.entity))
        path = self._shelf(where).overlap_path(receipt.number)
        with telling("reading the identities of the last append", path):
            try:
                return self._files.read(path)
            except FileNotFoundError:
                return b""

    def rows(self, job: Job, receipt: Receipt) -> int | None:
        folder = self._layout(job.target).folder
        with telling("counting the rows that landed", folder):
            return sum(
                self._form.rows(self._files, f"{folder}/{move.name}") for move in staged_files(receipt)
            )

    # -- the order of a commit ----------------------------------------------------------------

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        where = self._layout(job.target)
        folder = where.staging(job.id)
        with telling("writing staged files", self._files.address(folder)):
            return stage_files(
                self._files,
                self._form,
                folder,
                job,
                split_id,
                batches,
                self.config.get("max_rows_per_file"),
            )

    def stage_overlap(self, job: Job, identities: bytes) -> None:
        folder = self._layout(job.target).staging(job.id)
        with telling("writing the identities of this append", folder):
            self._files.replace(f"{folder}/{OVERLAP}", identities)
        failpoint("stage.overlap")

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        moves = [file for part in staged for file in part.token["files"]]
        before = self._totals(job)
        size = sum(part.bytes for part in staged)
        return CommitPlan(
            job_id=job.id,
            rows=sum(part.rows for part in staged),
            bytes=size,
            token={
                "files": moves,
                "folder_files": len(moves) + before["folder_files"],
                "folder_bytes": size + before["folder_bytes"],
            },
        )

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        where = self._layout(job.target)
        shelf = self._shelf(where)
        with telling("publishing", self._files.address(where.folder)):
            landed = shelf.find(job.id)
            if landed is None:
                landed = self._claim(shelf, where, job, plan)
                self._finish(shelf, where, landed, adopt=job.adopt)
            self._clean(where, landed, adopt=job.adopt)
        return landed

    def _claim(self, shelf: Shelf, where: Layout, job: Job, plan: CommitPlan) -> Receipt:
        claim = shelf.claim()
        if claim is not None and claim.job_id == job.id:
            return claim
        if claim is not None:  # begun by a job that nobody finished: it comes first, then we lose
            self._finish(shelf, where, claim, adopt=False)
        receipt = _compose(job, plan)
        if shelf.last() is None or job.mode == "replace":
            self._refuse_foreign(where, job)
        verify_staged(self._files, staged_files(receipt))
        failpoint("commit.claiming")
        shelf.begin(job, receipt)
        return receipt

    def _finish(self, shelf: Shelf, where: Layout, claim: Receipt, *, adopt: bool) -> None:
        publish(self._files, where, claim)
        if claim.overlap is not None:
            self._keep_overlap(shelf, where, claim)
        failpoint("commit.published")
        shelf.settle(claim)
        failpoint("commit.settled")
        self._clean(where, claim, adopt=adopt)

    def _keep_overlap(self, shelf: Shelf, where: Layout, claim: Receipt) -> None:
        kept = shelf.overlap_path(claim.number)
        try:
            self._files.rename(f"{where.staging(claim.job_id)}/{OVERLAP}", kept)
        except FileNotFoundError:
            if self._files.info(kept) is None and claim.overlap is not None and claim.overlap.count:
                raise

    def _clean(self, where: Layout, receipt: Receipt, *, adopt: bool) -> None:
        if receipt.mode == "replace":
            remove_replaced(self._files, where, receipt.job_id, adopt=adopt)
        self._files.delete(where.staging(receipt.job_id))

    # -- cleaning up ----------------------------------------------------------------------------

    def abort(self, job: Job) -> None:
        where = self._layout(job.target)
        claim = self._shelf(where).claim()
        if claim is not None and claim.job_id == job.id:
            raise Refused(
                f"{job.flow}.{job.entity}: the commit of job {job.id} has begun and can only be finished",
                code="HYG603",
                remedy=f"Run `hygge run {job.flow}.{job.entity}`: it finishes that commit.",
            )
        with telling("removing staged files", self._files.address(where.staging(job.id))):
            failpoint("abort.begin")
            self._files.delete(where.staging(job.id))

    def sweep(self, target: Target, live_jobs: Sequence[str]) -> None:
        where = self._layout(target)
        shelf = self._shelf(where)
        with telling("cleaning up the destination", self.identity(target)):
            claim = shelf.claim()
            if claim is not None and claim.job_id not in live_jobs:
                self._finish(shelf, where, claim, adopt=False)
            shelf.tidy()
            failpoint("sweep.tidied")
            for entry in self._files.list(STAGING):
                job_id = where.staging_job(entry.name)
                if job_id is not None and job_id not in live_jobs and _abandoned(job_id):
                    self._files.delete(f"{STAGING}/{entry.name}")
            self._sweep_replaced(where, shelf)

    def _sweep_replaced(self, where: Layout, shelf: Shelf) -> None:
        claim = shelf.claim()
        for entry in self._files.list(SWAP):
            job_id = where.swap_job(entry.name)
            if job_id is not None and (claim is None or claim.job_id != job_id):
                remove_replaced(self._files, where, job_id, adopt=False)

    # -- parts ------------------------------------------------------------------------------------

    def check(self, target: Target) -> Sequence[Finding]:
        state = self.state(target)
        subject = self.identity(target)
        trouble = state.damage or (None if state.receipt else state.foreign)
        if trouble:
            return [
                Finding(
                    subject=subject,
                    ok=False,
                    message=trouble,
                    fix=f"Replace it with `hygge run {target.flow}.{target.entity} --full-drop --adopt`.",
                )
            ]
        return [Finding(subject=subject, ok=True, message=self._reach(target))]

    def _reach(self, target: Target) -> str:
        receipt = self.state(target).receipt
        return f"last written by job {receipt.job_id}" if receipt else "nothing there yet"

    def _layout(self, target: Target) -> Layout:
        return layout(self._template, target.entity)

    def _shelf(self, where: Layout) -> Shelf:
        return Shelf(self._files, where.receipts)

    def _contents(self, where: Layout) -> tuple[str | None, int, int]:
        foreign, own, size = None, 0, 0
        for entry in self._files.list(where.folder):
            if entry.folder or not is_data_name(entry.name):
                foreign = foreign or f"{entry.name!r} in {self._files.address(where.folder)}"
            else:
                own, size = own + 1, size + entry.size
        return foreign, own, size

    def _totals(self, job: Job) -> Mapping[str, int]:
        last = self._shelf(self._layout(job.target)).last() if job.mode == "append" else None
        return last.token if last else {"folder_files": 0, "folder_bytes": 0}

    def _refuse_foreign(self, where: Layout, job: Job) -> None:
        foreign, own, _ = self._contents(where)
        if foreign is None and own and job.base is None:
            foreign = "data files without any receipt"
        if foreign is not None and not job.adopt:
            raise Refused(
                f"{job.flow}.{job.entity}: the target holds data that hygge did not write: {foreign}",
                code="HYG402",
                remedy="Move it away, or replace it with `hygge run --full-drop --adopt`.",
            )


def _compose(job: Job, plan: CommitPlan) -> Receipt:
    return Receipt(
        job_id=job.id,
        number=job.base_number + 1,
        base=job.base,
        flow=job.flow,
        entity=job.entity,
        source_identity=job.source_identity,
        target_identity=job.target_identity,
        run_type=job.run_type,
        mode=job.mode,
        rows=plan.rows,
        bytes=plan.bytes,
        schema=job.schema,
        committed_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        reading=job.reading,
        watermark=plan.watermark,
        position=plan.position,
        overlap=plan.overlap,
        token=plan.token,
    )


def _damage(receipt: Receipt | None, files: int, size: int) -> str | None:
    if receipt is None:
        return None
    expected, expected_size = receipt.token["folder_files"], receipt.token["folder_bytes"]
    if (files, size) == (expected, expected_size):
        return None
    return (
        f"the last receipt counts {expected} data files with {expected_size} bytes, "
        f"the folder holds {files} with {size}"
    )


def _abandoned(job_id: str) -> bool:
    try:
        begun = datetime.strptime(job_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return True
    return datetime.now(UTC) - begun > UNKNOWN_FOR
