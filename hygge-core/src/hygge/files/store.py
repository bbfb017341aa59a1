"""A store made of files: one folder of data files an entity, whatever their format and place."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hygge.errors import HyggeError, NeedsUser, StopEntity, Superseded
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.files.format import FileFormat, FormatReader
from hygge.files.layout import CONTROL, STAGING, SWAP, Layout, is_data_name, layout
from hygge.files.publish import find_replaced, publish, remove_replaced, staged_files, verify_staged
from hygge.files.receipts import Shelf, Standing, raced
from hygge.files.refusals import begun, foreign_data, refuse_upsert
from hygge.files.staging import OVERLAP, stage_files
from hygge.files.trouble import Source, telling
from hygge.jobs import begun_long_ago, receipt_for
from hygge.model import CommitPlan, Finding, Job, Receipt, Staged, Target, TargetState, Window
from hygge.roles import Store

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileStore"]

IDENTITY = 16  # bytes
BACK_ROWS = 65_536  # rows of a batch that is read back


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
        self._shelves: dict[str, Shelf] = {}

    @abstractmethod
    def reader(self) -> FormatReader:
        """Reads what this store wrote."""

    # -- what is there ---------------------------------------------------------------------

    def identity(self, target: Target) -> str:
        return self._files.address(self._layout(target).folder)

    def state(self, target: Target) -> TargetState:
        where = self._layout(target)
        with telling("looking at the destination", self.identity(target)):
            found = self._look(where)
            if found.damage is not None:  # or somebody committed between one look and the other
                found = self._look(where)
            if found.receipt is None:
                self._refuse_file(where)
        return found

    def _look(self, where: Layout) -> TargetState:
        standing = self._shelf(where).look()
        receipt, claim = standing.last, standing.claim
        taken, foreign, own, size = self._contents(where)
        return TargetState(
            receipt=receipt,
            schema=receipt.schema if receipt else None,
            taken=taken,
            foreign=foreign or ("data files without any receipt" if own and not (receipt or claim) else None),
            damage=None if claim else _damage(receipt, own, size),
            pending=claim.job_id if claim else None,
        )

    def receipt(self, job: Job) -> Receipt | None:
        where = self._layout(job.target)
        with telling("looking for a receipt", self._files.address(where.receipts)):
            return _landed(self._shelf(where), job)

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
                self._form.rows(self._files, f"{folder}/{move.name}", move.size)
                for move in staged_files(receipt)
            )

    def read_back(self, receipt: Receipt, columns: Sequence[str], window: Window) -> Iterator[pa.RecordBatch]:
        from hygge import schemas  # Arrow's kernels, which few runs need, come with these
        from hygge.files.within import within

        where = self._layout(Target(flow=receipt.flow, entity=receipt.entity))
        names = list(dict.fromkeys([*columns, window.column]))
        needed = schemas.unpack(receipt.schema).empty_table().select(names).schema
        reader = self.reader()
        with telling("reading back what is there", self._files.address(where.folder)):
            for entry in self._files.list(where.folder):
                path = f"{where.folder}/{entry.name}"
                for batch in reader.batches(self._files, path, needed, window, BACK_ROWS):
                    found = batch.filter(within(batch.column(window.column), window))
                    yield found.select(list(columns))

    # -- the order of a commit ----------------------------------------------------------------

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        refuse_upsert(job)
        where = self._layout(job.target)
        folder = where.staging(job.id)
        source = Source(batches)
        with telling("writing staged files", self._files.address(folder), source):
            return stage_files(
                self._files,
                self._form,
                folder,
                job,
                split_id,
                source,
                self.config.get("max_rows_per_file"),
            )

    def stage_overlap(self, job: Job, identities: bytes) -> None:
        folder = self._layout(job.target).staging(job.id)
        with telling("writing the identities of this append", folder):
            self._files.replace(f"{folder}/{OVERLAP}", identities)
        failpoint("stage.overlap")

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        moves = [file for part in staged for file in part.token["files"]]
        with telling("reading the last receipt", self._files.address(self._layout(job.target).receipts)):
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
            standing = shelf.look()
            moved_on = standing.last is not None and standing.last.number > job.base_number
            landed = _landed(shelf, job) if moved_on else None
            if landed is None:
                return self._land(shelf, standing, where, job, plan)
            self._clean(where, landed, None, adopt=job.adopt)
        return landed

    def _land(self, shelf: Shelf, standing: Standing, where: Layout, job: Job, plan: CommitPlan) -> Receipt:
        claim = standing.claim
        if claim is not None and claim.job_id == job.id:
            self._finish(shelf, where, claim, adopt=job.adopt)
            return claim
        try:
            if claim is not None:  # begun by a job that nobody finished: it comes first, then we lose
                self._finish(shelf, where, claim, adopt=False)
                standing = shelf.look()
            shelf.expect(job, standing)
            receipt = receipt_for(job, plan)
            new = self._claim(shelf, where, job, receipt)
        except Superseded:
            landed = _landed(shelf, job)
            if landed is None:  # else it was this very job that somebody else has finished meanwhile
                raise
            self._clean(where, landed, None, adopt=job.adopt)
            return landed
        self._finish(shelf, where, receipt, adopt=job.adopt, new=new)
        return receipt

    def _claim(self, shelf: Shelf, where: Layout, job: Job, receipt: Receipt) -> bool:
        if job.base is None or job.mode == "replace":
            self._refuse_foreign(shelf, where, job)
        self._verify_staged(shelf, where, job, receipt)
        failpoint("commit.claiming")
        return shelf.begin(job, receipt)

    def _verify_staged(self, shelf: Shelf, where: Layout, job: Job, receipt: Receipt) -> None:
        expected = [(move.staged, move.size) for move in staged_files(receipt)]
        if receipt.overlap is not None and receipt.overlap.count:
            expected.append((f"{where.staging(job.id)}/{OVERLAP}", IDENTITY * receipt.overlap.count))
        try:
            verify_staged(self._files, expected)
        except StopEntity:
            shelf.expect(job)  # files may be gone because the job was finished meanwhile
            raise

    def _finish(self, shelf: Shelf, where: Layout, claim: Receipt, *, adopt: bool, new: bool = False) -> None:
        replaced = publish(self._files, where, claim, new=new)
        if claim.overlap is not None:
            self._keep_overlap(shelf, where, claim)
        failpoint("commit.published")
        shelf.settle(claim)
        failpoint("commit.settled")
        self._clean(where, claim, replaced, adopt=adopt)

    def _keep_overlap(self, shelf: Shelf, where: Layout, claim: Receipt) -> None:
        kept = shelf.overlap_path(claim.number)
        try:
            self._files.rename(f"{where.staging(claim.job_id)}/{OVERLAP}", kept)
            self._files.sync(where.receipts)  # or a power cut could leave the receipt without them
        except FileNotFoundError:
            if self._files.info(kept) is None and claim.overlap is not None and claim.overlap.count:
                raise raced(claim) from None

    def _clean(self, where: Layout, receipt: Receipt, replaced: Sequence[str] | None, *, adopt: bool) -> None:
        """Remove what the commit leaves behind; ``replaced`` as `publish` gives it."""
        if receipt.mode == "replace":
            places = find_replaced(self._files, where, receipt.job_id) if replaced is None else replaced
            remove_replaced(self._files, places, adopt=adopt)
        self._files.delete(where.staging(receipt.job_id))

    # -- cleaning up ----------------------------------------------------------------------------

    def abort(self, job: Job) -> None:
        where = self._layout(job.target)
        with telling("removing staged files", self._files.address(where.staging(job.id))):
            claim = self._shelf(where).look().claim
            if claim is not None and claim.job_id == job.id:
                raise begun(job)
            failpoint("abort.begin")
            self._files.delete(where.staging(job.id))

    def sweep(self, target: Target, live_jobs: Sequence[str]) -> None:
        where = self._layout(target)
        shelf = self._shelf(where)
        with telling("cleaning up the destination", self.identity(target)):
            # Listed before the claim is read: a folder that was there already, of a job that has no claim
            # afterwards, belongs to a commit that ended. The other way round it could be a new one's.
            exchanged = self._files.list(SWAP)
            standing = shelf.look()
            if standing.claim is not None and standing.claim.job_id not in live_jobs:
                self._finish(shelf, where, standing.claim, adopt=False)
                standing = shelf.look()
            shelf.tidy(standing)
            failpoint("sweep.tidied")
            self._sweep_staging(where, standing, live_jobs)
            self._sweep_replaced(where, standing, exchanged)

    def _sweep_staging(self, where: Layout, standing: Standing, live_jobs: Sequence[str]) -> None:
        last = standing.last
        for entry in self._files.list(STAGING):
            job_id = where.staging_job(entry.name)
            if job_id is None or job_id in live_jobs:
                continue
            if begun_long_ago(job_id) or (last is not None and job_id == last.job_id):
                self._files.delete(f"{STAGING}/{entry.name}")

    def _sweep_replaced(self, where: Layout, standing: Standing, entries: Sequence[FileInfo]) -> None:
        claim = standing.claim
        for entry in entries:
            job_id = where.swap_job(entry.name)
            if job_id is not None and (claim is None or claim.job_id != job_id):
                remove_replaced(self._files, [f"{SWAP}/{entry.name}"], adopt=False)

    # -- parts ------------------------------------------------------------------------------------

    def check(self, target: Target) -> Sequence[Finding]:
        subject = self.identity(target)
        state = self.state(target)
        trouble = state.damage or (None if state.receipt else state.foreign)
        if trouble:
            adopt = "" if state.foreign is None else " --adopt"
            fix = f"Replace it with `hygge run FLOW.ENTITY --full-drop{adopt}`."
            return [Finding(subject=subject, ok=False, message=trouble, fix=fix)]
        try:
            with telling("writing", self._files.address()):
                self._files.probe()
        except HyggeError as error:
            return [Finding(subject=subject, ok=False, message=error.message, fix=error.remedy)]
        last = f"last written by job {state.receipt.job_id}" if state.receipt else "nothing there yet"
        return [Finding(subject=subject, ok=True, message=f"{last}; can be written")]

    def _refuse_file(self, where: Layout) -> None:
        """Raise where a file stands on the way to the entity's folder."""
        file = self._files.obstacle(where.folder)
        if file is not None:
            raise NeedsUser(
                f"{file} is no folder, and one is needed there",
                code="HYG400",
                remedy="Set store.path to a folder, or move that file away.",
            )

    def _layout(self, target: Target) -> Layout:
        return layout(self._template, target.entity)

    def _shelf(self, where: Layout) -> Shelf:
        return self._shelves.setdefault(where.receipts, Shelf(self._files, where.receipts))

    def _contents(self, where: Layout) -> tuple[str | None, str | None, int, int]:
        """Another store within the folder, what else is not ours, and how much is."""
        taken, foreign, own, size = None, None, 0, 0
        for entry in self._files.list(where.folder):
            if entry.name == CONTROL:
                taken = self._files.address(f"{where.folder}/{CONTROL}")
            if entry.folder or not is_data_name(entry.name):
                foreign = foreign or f"{entry.name!r} in {self._files.address(where.folder)}"
            else:
                own, size = own + 1, size + entry.size
        return taken, foreign, own, size

    def _totals(self, job: Job) -> Mapping[str, int]:
        last = self._shelf(self._layout(job.target)).look().last if job.mode == "append" else None
        return last.token if last else {"folder_files": 0, "folder_bytes": 0}

    def _refuse_foreign(self, shelf: Shelf, where: Layout, job: Job) -> None:
        taken, foreign, own, _ = self._contents(where)
        if foreign is None and own and job.base is None:
            foreign = "data files without any receipt"
        if taken is not None or (foreign is not None and not (job.adopt and job.mode == "replace")):
            foreign = taken or foreign or ""
            shelf.expect(job)  # what is there may be a rival's that was faster
            raise foreign_data(job, foreign)


def _landed(shelf: Shelf, job: Job) -> Receipt | None:
    return shelf.find(job.id, job.base_number + 1)


def _damage(receipt: Receipt | None, files: int, size: int) -> str | None:
    if receipt is None:
        return None
    expected, expected_size = receipt.token["folder_files"], receipt.token["folder_bytes"]
    if (files, size) == (expected, expected_size):
        return None
    return (
        f"the last receipt counts {expected} data {'file' if expected == 1 else 'files'} "
        f"with {expected_size} bytes, the folder holds {files} with {size}"
    )
