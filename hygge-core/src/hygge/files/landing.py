"""The commit of a store of files: verify, claim, publish, settle, clean up. Anybody may repeat each step."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from hygge.errors import CommitUnknown, StopEntity, Superseded
from hygge.failpoints import failpoint
from hygge.files.contents import Contents, Look, contents
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.files.identities import expected_bytes, held, in_a_file, staged_identities
from hygge.files.layout import Layout, is_new, job_of
from hygge.files.publish import Fresh, left_of, misfit, publish, staged_files
from hygge.files.receipts import Shelf, Standing, raced
from hygge.files.refusals import foreign_data
from hygge.files.replaced import holds, put_aside, remove_replaced
from hygge.files.staging import BY, this_process
from hygge.files.withdrawal import gone, take_back, unfinishable
from hygge.jobs import receipt_for
from hygge.model import CommitPlan, Job, Receipt

__all__ = ["Landing"]

log = logging.getLogger("hygge")


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
            return self._land(lately.standing, job, plan, lately)
        standing = self._shelf.look()
        moved_on = standing.last is not None and standing.last.number > job.base_number
        receipt = self.landed(job) if moved_on else None
        if receipt is None:
            return self._land(standing, job, plan, None)
        self._clean(receipt, adopt=job.adopt)
        return receipt

    def finish(self, claim: Receipt, *, adopt: bool, fresh: Fresh | None = None) -> None:
        """Lead a claim to its receipt, whoever made it; ``fresh`` if this very call did.

        Raises HYG404 where nobody ever can; see `give_up`.
        """
        try:
            replaced = publish(self._files, self._where, claim, fresh)
            if claim.overlap is not None and held(claim) is None:
                self._keep_identities(claim)
        except CommitUnknown:
            stuck = self.stuck(claim)
            if stuck is None:
                raise
            raise stuck from None
        failpoint("commit.published")
        self._shelf.settle(claim)
        failpoint("commit.settled")
        self._clean(claim, adopt=adopt, replaced=replaced, fresh=fresh)

    def give_up(self, claim: Receipt) -> bool:
        """Take a claim back if nobody can finish it; whether that is so."""
        if self.stuck(claim) is None:
            return False
        take_back(self._files, self._where, self._shelf, claim)
        return True

    def stuck(self, claim: Receipt) -> StopEntity | None:
        """Why nobody can finish a claim; None if somebody can."""
        lost = gone(self._files, self._where, self._shelf, claim)
        return unfinishable(claim, map(self._files.address, lost)) if lost else None

    def keep(self, place: str, standing: Standing) -> bool:
        """Keep a folder that is no old data but holds what the last receipt speaks of; whether that is so.

        A service may carry out late what somebody asked of it before. Where nothing has taken its place it
        is put back.
        """
        if not holds(standing.last, (entry.name for entry in self._files.list(place))):
            return False
        home = self._files.address(self._where.folder)
        if standing.claim is not None or self._files.info(self._where.folder) is not None:
            log.warning("%s holds what was last written to %s", self._files.address(place), home)
            return True
        try:
            self._files.rename(place, self._where.folder)
        except (FileNotFoundError, FileExistsError):  # somebody else does it, too
            return True
        self._files.sync(self._where.folder.rpartition("/")[0])
        log.warning("%s had been moved away; it was put back", home)
        return True

    def _land(self, standing: Standing, job: Job, plan: CommitPlan, look: Look | None) -> Receipt:
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
            fresh = self._claim(job, receipt, standing, look)
        except Superseded:
            landed = self.landed(job)
            if landed is None:  # else it was this very job that somebody else has finished meanwhile
                raise
            self._clean(landed, adopt=job.adopt)
            return landed
        self.finish(receipt, adopt=job.adopt, fresh=fresh)
        return receipt

    def _claim(self, job: Job, receipt: Receipt, standing: Standing, look: Look | None) -> Fresh | None:
        """Make the claim; None if somebody else has, or has begun to finish it."""
        folder = look.folder if look is not None else self._files.info(self._where.folder)
        if job.base is None or job.mode == "replace":
            self._refuse_foreign(job, look.contents if look is not None else None)
        if look is None:  # else the standing is from before anything was staged
            self._expect_staged(job, receipt, standing)
        failpoint("commit.claiming")
        found = self._shelf.begin(job, receipt)
        if found is None:
            return None
        listed, new = (found.get(one, ()) for one in (self._where.control, self._where.new(job.id)))
        wrong = misfit(self._files, [*listed, *new], self._staged(receipt))
        if wrong is None:
            gathered = self._is_gathered(receipt, new)
            if new and not gathered:
                return None
            replaced = look.replaced if look is not None else None
            if look is None or replaced is None or not replaced.takes(look.contents.size):
                return Fresh(listed, folder, gathered)
            return Fresh(listed, folder, gathered, replaced, look.data)
        if self._is_published(receipt):
            return None
        self._shelf.withdraw(receipt)
        raise wrong

    def _is_gathered(self, receipt: Receipt, new: Sequence[FileInfo]) -> bool:
        """Whether the folder that was staged into holds the job's files and never will hold others.

        What a split left that broke off is seen in it, unless a request was given up that may come late:
        of which only the process knows that has staged.
        """
        places = {move.staged.rpartition("/")[0] for move in staged_files(receipt)}
        return (
            receipt.token.get(BY) == this_process()
            and places == {self._where.new(receipt.job_id)}
            and {entry.name for entry in new} == {move.name for move in staged_files(receipt)}
            and not self._files.in_doubt(self._where.new(receipt.job_id))
        )

    def _refuse_foreign(self, job: Job, found: Contents | None) -> None:
        if found is None:
            found = contents(self._files, self._where, self._files.list(self._where.folder))
        foreign = found.not_ours(known=job.base is not None)
        if found.taken is None and (foreign is None or (job.adopt and job.mode == "replace")):
            return
        self._shelf.expect(job)  # what is there may be a rival's that was faster
        raise foreign_data(job, found.taken or foreign or "")

    def _expect_staged(self, job: Job, receipt: Receipt, standing: Standing) -> None:
        gathers = self._files.remote and job.mode == "replace"
        new = self._files.list(self._where.new(job.id)) if gathers else ()
        wrong = misfit(self._files, [*standing.listed, *new], self._staged(receipt))
        if wrong is not None:
            self._shelf.expect(job)  # files may be gone because the job was finished meanwhile
            raise wrong

    def _staged(self, receipt: Receipt) -> list[tuple[str, int]]:
        """What the job staged: paths and sizes in bytes."""
        expected = [(move.staged, move.size) for move in staged_files(receipt)]
        if in_a_file(receipt):
            expected.append((staged_identities(self._where, receipt.job_id), expected_bytes(receipt)))
        return expected

    def _is_published(self, claim: Receipt) -> bool:
        """Whether any file of the claim has been moved, looked for in the order in which it would move."""
        names = {move.name for move in staged_files(claim)}
        control = self._where.control
        swaps = [
            one.name
            for one in self._files.list(control)
            if one.folder and job_of(one.name) == claim.job_id and not is_new(one.name)
        ]
        for folder in (*(f"{control}/{name}" for name in swaps), self._where.folder):
            if any(entry.name in names for entry in self._files.list(folder)):
                return True
        return self._shelf.find(claim.job_id, claim.number) is not None

    def _keep_identities(self, claim: Receipt) -> None:
        kept = self._shelf.overlap_path(claim.number)
        try:
            self._files.rename(staged_identities(self._where, claim.job_id), kept)
            self._files.sync(self._where.control)  # or a power cut could leave the receipt without them
        except FileNotFoundError:
            if self._files.info(kept) is None and expected_bytes(claim):
                raise raced(claim) from None

    def _clean(
        self,
        receipt: Receipt,
        *,
        adopt: bool,
        replaced: Sequence[str] | None = None,
        fresh: Fresh | None = None,
    ) -> None:
        """Remove what the commit leaves behind, or have it removed with that of others.

        ``replaced`` as `publish` gives it; ``fresh`` as `finish` was given it.
        """
        control = self._where.control
        listed = self._files.list(control) if fresh is None else fresh.listed
        staged, folders = left_of(receipt.job_id, listed)
        if receipt.mode == "replace":
            if replaced is None:
                aside = put_aside(self._files, self._where)
                replaced = [one.path for one in aside if one.job_id == receipt.job_id]
                replaced += [f"{control}/{name}" for name in folders]
            elif fresh is not None and fresh.replaced is not None:
                ended = fresh.replaced.ended
                replaced = [one for one in replaced if not ended(one, fresh.data, adopt=adopt)]
            remove_replaced(self._files, replaced, adopt=adopt)
            failpoint("publish.cleaned")
        moved = {path for path, _ in self._staged(receipt)} if fresh is not None else set()
        for path in (f"{control}/{name}" for name in staged):
            if path not in moved:
                self._files.delete(path)
