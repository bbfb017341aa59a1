"""Numbered receipts beside the data; the next number is free once, and that decides who commits.

A commit begins by creating ``<number>.claim`` where no such file was: the one step that two rivals
cannot both do. When the data is in place the claim is renamed to ``<number>.json`` and is the
receipt. A claim therefore holds all that is needed to finish it, by anybody.

A rival that looked before that rename may create the claim anew after it. Such a claim has lost: it
counts only while there is no receipt of its number, and a receipt is never replaced.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

from hygge.codec import DecodeError, decode, encode
from hygge.errors import CommitUnknown, JournalDamaged, Superseded
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem
from hygge.model import CommitPlan, Job, Receipt

__all__ = ["Shelf", "compose", "raced"]

KEPT = 50  # older receipts are history that the journal tells better


class Shelf:
    """The receipts of one target."""

    def __init__(self, files: FileSystem, folder: str) -> None:
        self._files = files
        self._folder = folder

    def last(self) -> Receipt | None:
        """The receipt that counts."""
        number = self._last_number()
        return self._read(f"{number:08d}.json") if number else None

    def claim(self) -> Receipt | None:
        """A commit that was begun and not finished; one that lost its race is none."""
        last = self._last_number()
        numbers = [n for n in self._numbers(".claim") if n > last]
        if not numbers:
            return None
        try:
            claim = self._read(f"{max(numbers):08d}.claim")
        except FileNotFoundError:  # finished meanwhile
            return None
        return claim if claim.number > self._last_number() else None  # asked again: see above

    def find(self, job_id: str, number: int) -> Receipt | None:
        """The receipt of this job, which can only have this number, if it is still kept."""
        try:
            receipt = self._read(f"{number:08d}.json")
        except FileNotFoundError:
            return None
        return receipt if receipt.job_id == job_id else None

    def expect(self, job: Job) -> None:
        """Raise `Superseded` if the last receipt is not the job's base, or a rival's commit has begun."""
        last, claim = self.last(), self.claim()
        if (last.job_id if last else None) != job.base:
            raise _superseded(job, last)
        if claim is not None and claim.job_id != job.id:
            raise _superseded(job, claim)

    def begin(self, job: Job, receipt: Receipt) -> None:
        """Claim the number after the job's base; raises `Superseded` if it is no longer the last."""
        self.expect(job)
        name = f"{receipt.number:08d}"
        if not self._files.create(f"{self._folder}/{name}.claim", encode(receipt)):
            rival = self.claim()
            if rival is None or rival.job_id != job.id:
                raise _superseded(job, rival or self.last())
            return
        failpoint("receipts.claimed")
        # A rival that finished just before has renamed its claim, so ours could be created.
        last = self.last()
        if last is not None and last.number >= receipt.number:
            self._files.delete(f"{self._folder}/{name}.claim")
            raise _superseded(job, last)

    def settle(self, receipt: Receipt) -> None:
        """Turn the claim into the receipt; repeatable."""
        name = f"{self._folder}/{receipt.number:08d}"
        with contextlib.suppress(FileNotFoundError, FileExistsError):  # somebody else was faster
            self._files.rename(f"{name}.claim", f"{name}.json", replace=False)
        if self.find(receipt.job_id, receipt.number) is None:
            raise raced(receipt)
        failpoint("receipts.settled")
        if receipt.overlap is not None:
            self._files.sync(self._folder)
        # Else a power cut may leave the claim, which is durable and leads to the same receipt again.

    def overlap_path(self, number: int) -> str:
        """Where the identities of receipt ``number`` are kept."""
        return f"{self._folder}/{number:08d}.overlap"

    def tidy(self) -> None:
        """Remove what no longer counts: lost claims, outdated identities, receipts of long ago."""
        last = self._last_number()
        for entry in self._files.list(self._folder):
            stem, _, kind = entry.name.partition(".")
            if not stem.isdigit():
                continue
            number = int(stem)
            if (
                (kind == "claim" and number <= last)
                or (kind == "overlap" and number < last)
                or number <= last - KEPT
            ):
                self._files.delete(f"{self._folder}/{entry.name}")

    def _last_number(self) -> int:
        return max(self._numbers(".json"), default=0)

    def _numbers(self, suffix: str) -> list[int]:
        return [
            int(entry.name.removesuffix(suffix))
            for entry in self._files.list(self._folder)
            if entry.name.endswith(suffix) and entry.name.removesuffix(suffix).isdigit()
        ]

    def _read(self, name: str) -> Receipt:
        path = f"{self._folder}/{name}"
        data = self._files.read(path)
        try:
            return decode(data, Receipt)
        except DecodeError as error:
            raise JournalDamaged(
                f"{self._files.address(path)} is no receipt of hygge: {error}",
                code="HYG404",
                remedy="Restore that file from a backup, or delete it and load it anew with "
                "`hygge run FLOW.ENTITY --full-drop --adopt`.",
            ) from error


def compose(job: Job, plan: CommitPlan) -> Receipt:
    """What the job will have proved once ``plan`` is carried out."""
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
        home_schema=job.home_schema,
        committed_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        total=plan.total,
        reading=job.reading,
        watermark=plan.watermark,
        position=plan.position,
        overlap=plan.overlap,
        token=plan.token,
    )


def raced(claim: Receipt) -> CommitUnknown:
    """The error of whoever finishes a claim and finds that somebody else is at it, too."""
    return CommitUnknown(
        f"{claim.flow}.{claim.entity}: files of job {claim.job_id} were moved by somebody else meanwhile",
        remedy="Run again: the receipt beside the data says what became of it.",
    )


def _superseded(job: Job, other: Receipt | None) -> Superseded:
    by = f"job {other.job_id} of flow {other.flow!r}" if other else "the removal of its last receipt"
    return Superseded(
        f"{job.flow}.{job.entity}: the target has moved on since this job was planned, by {by}",
        remedy="Nothing was written. Run again: it plans anew on what is there.",
        job_id=job.id,
        by=other.job_id if other else None,
    )
