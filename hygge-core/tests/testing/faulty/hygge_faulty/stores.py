"""Stores that are the one of Parquet files but for one fault."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hygge.files.local_stores import ParquetStore
from hygge.model import CommitPlan, Job, Receipt, Staged

if TYPE_CHECKING:
    import pyarrow as pa


class Faulty(ParquetStore):
    def folder(self, job: Job) -> Path:
        return Path(self.config["path"], job.entity)


class Peeking(Faulty):
    """Shows staged rows."""

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        staged = super().stage(job, split_id, batches)
        self.folder(job).mkdir(exist_ok=True)
        for path, name, _ in staged.token["files"]:
            shutil.copy(Path(self.config["path"], path), self.folder(job) / name)
        return staged


class Doubling(Faulty):
    """Shows rows once more when it is called again."""

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        again = self.receipt(job) is not None
        receipt = super().commit(job, plan)
        for _, name, _ in plan.token["files"] if again else ():
            shutil.copy(self.folder(job) / name, self.folder(job) / f"again-{name}")
        return receipt


class Baseless(Faulty):
    """Commits on top of whatever is there."""

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        last = self.state(job.target).receipt
        if last is not None and last.job_id != job.id:
            job = replace(job, base=last.job_id, base_number=last.number)
        return super().commit(job, plan)


class Undoing(Faulty):
    """Takes a commit back."""

    def abort(self, job: Job) -> None:
        if self.receipt(job) is not None:
            shutil.rmtree(self.folder(job))
        super().abort(job)


class Leaky(Faulty):
    """Leaves staged files behind."""

    def abort(self, job: Job) -> None:
        return None


class Trusting(Faulty):
    """Takes everything for its own."""

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        return super().commit(replace(job, adopt=True), plan)


class Emptying(Faulty):
    """Deletes the old data first and writes the new data then."""

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        if self.receipt(job) is None and job.mode == "replace":
            shutil.rmtree(self.folder(job), ignore_errors=True)
        return super().commit(job, plan)


class Forgetful(Faulty):
    """Knows its plans only as long as it lives."""

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        plan = super().seal(job, staged)
        self._moves = plan.token["files"]
        return replace(plan, token={**plan.token, "files": []})

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        return super().commit(job, replace(plan, token={**plan.token, "files": self._moves}))
