"""The commit of a store of files: verify, claim, publish, settle, clean up. Anybody may repeat each step."""

from __future__ import annotations

from collections.abc import Sequence

from hygge.errors import StopEntity, Superseded
from hygge.failpoints import failpoint
from hygge.files.contents import Contents, Look, contents
from hygge.files.filesystem import FileSystem
from hygge.files.identities import expected_bytes, held, staged_identities
from hygge.files.layout import Layout
from hygge.files.publish import find_replaced, publish, remove_replaced, staged_files, verify_staged
from hygge.files.receipts import Shelf, Standing, raced
from hygge.files.refusals import foreign_data
from hygge.jobs import receipt_for
from hygge.model import CommitPlan, Job, Receipt

__all__ = ["Landing"]


class Landing:
    """Commits to one target."""

    def __init__(self, files: FileSystem, shelf: Shelf, where: Layout) -> None:
        self._files = files
        self._shelf = shelf
        self._where = where

    def landed(self, job: Job) -> Receipt | None:
        """The receipt of the job, if it is still kept."""
        return self._shelf.find(job.id, job.base_number + 1)

    def commit(self, job: Job, plan: CommitPlan, lately: Look | None = None) -> Receipt:
        """As `Store.commit`; what was seen ``lately`` saves two looks, if it still serves."""
        if lately is not None and lately.serves(job):
            return self._land(lately.standing, job, plan, lately.contents)
        standing = self._shelf.look()
        moved_on = standing.last is not None and standing.last.number > job.base_number
        receipt = self.landed(job) if moved_on else None
        if receipt is None:
            return self._land(standing, job, plan, None)
        self._clean(receipt, None, adopt=job.adopt)
        return receipt

    def finish(self, claim: Receipt, *, adopt: bool, new: bool = False) -> None:
        """Lead a claim to its receipt, whoever made it; ``new``: no one else has begun to."""
        replaced = publish(self._files, self._where, claim, new=new)
        if claim.overlap is not None and held(claim) is None:
            self._keep_identities(claim)
        failpoint("commit.published")
        self._shelf.settle(claim)
        failpoint("commit.settled")
        self._clean(claim, replaced, adopt=adopt)

    def _land(self, standing: Standing, job: Job, plan: CommitPlan, found: Contents | None) -> Receipt:
        claim = standing.claim
        if claim is not None and claim.job_id == job.id:
            self.finish(claim, adopt=job.adopt)
            return claim
        try:
            if claim is not None:  # begun by a job that nobody finished: it comes first, then we lose
                self.finish(claim, adopt=False)
                standing = self._shelf.look()
            self._shelf.expect(job, standing)
            receipt = receipt_for(job, plan)
            new = self._claim(job, receipt, found)
        except Superseded:
            landed = self.landed(job)
            if landed is None:  # else it was this very job that somebody else has finished meanwhile
                raise
            self._clean(landed, None, adopt=job.adopt)
            return landed
        self.finish(receipt, adopt=job.adopt, new=new)
        return receipt

    def _claim(self, job: Job, receipt: Receipt, found: Contents | None) -> bool:
        if job.base is None or job.mode == "replace":
            self._refuse_foreign(job, found)
        self._verify_staged(job, receipt)
        failpoint("commit.claiming")
        return self._shelf.begin(job, receipt)

    def _refuse_foreign(self, job: Job, found: Contents | None) -> None:
        if found is None:
            found = contents(self._files, self._where, self._files.list(self._where.folder))
        foreign = found.not_ours(known=job.base is not None)
        if found.taken is None and (foreign is None or (job.adopt and job.mode == "replace")):
            return
        self._shelf.expect(job)  # what is there may be a rival's that was faster
        raise foreign_data(job, found.taken or foreign or "")

    def _verify_staged(self, job: Job, receipt: Receipt) -> None:
        expected = [(move.staged, move.size) for move in staged_files(receipt)]
        if len(held(receipt) or b"") != expected_bytes(receipt):
            expected.append((staged_identities(self._where, job.id), expected_bytes(receipt)))
        try:
            verify_staged(self._files, self._where.staging(job.id), expected)
        except StopEntity:
            self._shelf.expect(job)  # files may be gone because the job was finished meanwhile
            raise

    def _keep_identities(self, claim: Receipt) -> None:
        kept = self._shelf.overlap_path(claim.number)
        try:
            self._files.rename(staged_identities(self._where, claim.job_id), kept)
            self._files.sync(self._where.receipts)  # or a power cut could leave the receipt without them
        except FileNotFoundError:
            if self._files.info(kept) is None and expected_bytes(claim):
                raise raced(claim) from None

    def _clean(self, receipt: Receipt, replaced: Sequence[str] | None, *, adopt: bool) -> None:
        """Remove what the commit leaves behind; ``replaced`` as `publish` gives it."""
        if receipt.mode == "replace":
            places = find_replaced(self._files, self._where, receipt.job_id) if replaced is None else replaced
            remove_replaced(self._files, places, adopt=adopt)
        self._files.delete(self._where.staging(receipt.job_id))
