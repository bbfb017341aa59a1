"""A store made of files: one folder of data files an entity, whatever their format and place."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hygge import schemas
from hygge.errors import ConfigurationError, HyggeError, NeedsUser
from hygge.failpoints import failpoint
from hygge.files.contents import Look, Seen, contents, is_own, see, target_state
from hygge.files.filesystem import FileSystem
from hygge.files.format import FileFormat, FormatReader
from hygge.files.identities import are_few, held, staged_identities, token_of
from hygge.files.landing import Landing
from hygge.files.layout import Layout, is_new, job_of, layout
from hygge.files.publish import discard, left_of, staged_files
from hygge.files.receipts import Shelf
from hygge.files.refusals import DIALECT, begun, refuse_dialect, refuse_upsert
from hygge.files.replaced import Aside, Replaced, holds, put_aside, remove_replaced
from hygge.files.staging import BY, stage_files
from hygge.files.trouble import Source, telling
from hygge.jobs import begun_long_ago
from hygge.model import CommitPlan, Finding, Job, Receipt, Staged, Target, TargetState, Window
from hygge.roles import Store

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileStore"]

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
        self._lately: dict[Layout, Look] = {}  # each for one commit
        self._replaced: Replaced | None = None  # of who surveys
        self._few: dict[str, bytes] = {}  # identities by job, from `stage_overlap` to `seal`

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
            if found.damage or found.foreign:  # or somebody committed between one look and the other
                found = self._look(where)
            if found.receipt is None:
                self._refuse_file(where)
        return found

    def survey(self, targets: Sequence[Target]) -> Mapping[Target, object]:
        places = {}
        for target in targets:
            with suppress(ConfigurationError):  # of a name that cannot be used, it is told alone
                places[target] = self._layout(target)
        with telling("looking at the destinations", self._files.address()):
            self._replaced = self._replaced or Replaced(self._files)
            seen = see(self._files, places.values(), self._replaced)
        return {target: seen[where] for target, where in places.items() if where in seen}

    def ready(self, target: Target, seen: object = None, known: Receipt | None = None) -> TargetState:
        if isinstance(seen, Seen):
            where = self._layout(target)
            with telling("looking at the destination", self.identity(target)):
                state = self._as_seen(where, seen, known)
            if state is not None:
                return state
            if not seen.aside:  # nor need anybody look for that again
                self._sweep(target, (), [])
                return self.state(target)
        return super().ready(target)

    def conclude(self) -> None:
        if self._replaced is not None:
            with telling("deleting what was replaced", self._files.address()):
                self._replaced.clear()

    def _as_seen(self, where: Layout, seen: Seen, known: Receipt | None) -> TargetState | None:
        """How the target stood, if nothing about it has to be seen to; else it is looked at anew."""
        shelf = self._shelf(where)
        try:
            standing = shelf.look(seen.control, known)
        except FileNotFoundError:
            return None
        found = contents(self._files, where, seen.data)
        state = target_state(standing, found)
        if standing.last is None or standing.claim or state.damage or state.foreign or state.taken:
            return None
        if any(holds(standing.last, names) for names in seen.aside.values()):
            return None  # a late request has put out what is the entity's
        shelf.tidy(standing)
        remove_replaced(self._files, list(seen.aside), adopt=False)
        self._lately[where] = Look(seen.at, standing, found, seen.folder, seen.replaced, seen.data)
        return state

    def _look(self, where: Layout) -> TargetState:
        began = time.monotonic()
        standing = self._shelf(where).look()
        folder = self._files.info(where.folder)
        found = contents(self._files, where, self._files.list(where.folder))
        self._lately[where] = Look(began, standing, found, folder)
        return target_state(standing, found)

    def receipt(self, job: Job) -> Receipt | None:
        where = self._layout(job.target)
        with telling("looking for a receipt", self._files.address(where.control)):
            return self._landing(where).landed(job)

    def overlap(self, receipt: Receipt) -> bytes:
        few = held(receipt)
        if few is not None:
            return few
        where = self._layout(Target(flow=receipt.flow, entity=receipt.entity))
        path = self._shelf(where).overlap_path(receipt.number)
        with telling("reading the identities of the last append", path):
            try:
                return self._files.read(path)
            except FileNotFoundError:
                return b""

    def rows(self, job: Job, receipt: Receipt) -> int | None:
        where = self._layout(job.target)
        found = 0
        with telling("counting the rows that landed", where.folder):
            for move in staged_files(receipt):
                try:
                    found += self._form.rows(self._files, f"{where.folder}/{move.name}", move.size)
                except FileNotFoundError:
                    now = self._shelf(where).look()
                    if now.claim is not None or now.last is None or now.last.job_id != receipt.job_id:
                        raise  # it is replaced, which loses nothing
            return found

    def read_back(self, receipt: Receipt, columns: Sequence[str], window: Window) -> Iterator[pa.RecordBatch]:
        from hygge.files.within import within  # Arrow's kernels, which few runs need, come with it

        where = self._layout(Target(flow=receipt.flow, entity=receipt.entity))
        names = list(dict.fromkeys([*columns, window.column]))
        needed = schemas.unpack(receipt.schema).empty_table().select(names).schema
        reader = self.reader()
        with telling("reading back what is there", self._files.address(where.folder)):
            for entry in filter(is_own, self._files.list(where.folder)):
                path = f"{where.folder}/{entry.name}"
                for batch in reader.batches(self._files, path, needed, window, BACK_ROWS):
                    found = batch.filter(within(batch.column(window.column), window))
                    yield found.select(list(columns))

    def as_read_back(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return self._form.as_read_back(batch)

    # -- the order of a commit ----------------------------------------------------------------

    def foresee(self, job: Job) -> None:
        refuse_upsert(job)
        self._form.refuse(schemas.unpack(job.schema))
        with telling("reading the last receipt", self._files.address(self._layout(job.target).control)):
            refuse_dialect(job, self._base(job), self._form)

    def stage(self, job: Job, split_id: str, batches: Iterable[pa.RecordBatch]) -> Staged:
        refuse_upsert(job)
        where = self._layout(job.target)
        source = Source(batches)
        with telling("writing staged files", self._files.address(where.control), source):
            return stage_files(
                self._files,
                self._form,
                where,
                job,
                split_id,
                source,
                self.config.get("max_rows_per_file"),
            )

    def stage_overlap(self, job: Job, identities: bytes) -> None:
        self._few.pop(job.id, None)
        if are_few(identities):
            self._few[job.id] = identities
            return
        path = staged_identities(self._layout(job.target), job.id)
        with telling("writing the identities of this append", self._files.address(path)):
            self._files.replace(path, identities)
        failpoint("stage.overlap")

    def seal(self, job: Job, staged: Sequence[Staged]) -> CommitPlan:
        moves = [file for part in staged for file in part.token["files"]]
        with telling("reading the last receipt", self._files.address(self._layout(job.target).control)):
            before = self._totals(job)
        size = sum(part.bytes for part in staged)
        token = {
            "files": moves,
            "folder_files": len(moves) + before["folder_files"],
            "folder_bytes": size + before["folder_bytes"],
            DIALECT: self._form.dialect,
        }
        by = {part.token.get(BY) for part in staged}
        if len(by) == 1 and None not in by:
            token[BY] = by.pop()
        if job.id in self._few:
            token |= token_of(self._few[job.id])
        return CommitPlan(job_id=job.id, rows=sum(part.rows for part in staged), bytes=size, token=token)

    def commit(self, job: Job, plan: CommitPlan) -> Receipt:
        where = self._layout(job.target)
        with telling("publishing", self._files.address(where.folder)):
            return self._landing(where).commit(job, plan, self._lately.pop(where, None))

    # -- cleaning up ----------------------------------------------------------------------------

    def abort(self, job: Job) -> None:
        where = self._layout(job.target)
        with telling("removing staged files", self._files.address(where.control)):
            standing = self._shelf(where).look()
            claim = standing.claim
            if claim is not None and claim.job_id == job.id:
                if self._landing(where).give_up(claim):
                    return
                raise begun(job)
            failpoint("abort.begin")
            staged, folders = left_of(job.id, standing.listed)
            for name in staged:
                self._files.delete(f"{where.control}/{name}")
            if any(map(is_new, folders)):
                discard(self._files, where, job.id)

    def sweep(self, target: Target, live_jobs: Sequence[str]) -> None:
        self._sweep(target, live_jobs, None)

    def _sweep(self, target: Target, live_jobs: Sequence[str], aside: Sequence[Aside] | None) -> None:
        """``aside``: what runs have put out of the target, if that is known."""
        where = self._layout(target)
        shelf = self._shelf(where)
        with telling("cleaning up the destination", self.identity(target)):
            # Listed before the claim is read: a folder that was there already, of a job that has no claim
            # afterwards, belongs to a commit that ended. The other way round it could be a new one's.
            entries = self._files.list(where.control)
            aside = put_aside(self._files, where) if aside is None else aside
            standing = shelf.look()
            if standing.claim is not None and standing.claim.job_id not in live_jobs:
                self._landing(where).finish(standing.claim, adopt=False)
                standing = shelf.look()
            shelf.tidy(standing)
            failpoint("sweep.tidied")
            last, claim = (one.job_id if one else None for one in (standing.last, standing.claim))
            for one in aside:
                if one.job_id != claim and not self._landing(where).keep(one.path, standing):
                    remove_replaced(self._files, [one.path], adopt=False)
            for entry in entries:
                job_id, place = job_of(entry.name), f"{where.control}/{entry.name}"
                if job_id is None:
                    continue
                if entry.folder and not is_new(entry.name):
                    if job_id != claim and not self._landing(where).keep(place, standing):
                        remove_replaced(self._files, [place], adopt=False)
                elif job_id not in live_jobs and (job_id == last or begun_long_ago(job_id)):
                    if entry.folder:
                        discard(self._files, where, job_id)
                    else:
                        self._files.delete(place)

    # -- parts ------------------------------------------------------------------------------------

    def check(self, target: Target) -> Sequence[Finding]:
        subject = self.identity(target)
        state = self.state(target)
        if state.taken and not state.receipt:
            fix = "Give the target another place, or move that away."
            return [Finding(subject=subject, ok=False, message=f"there is {state.taken}", fix=fix)]
        trouble = state.damage or (None if state.receipt else state.foreign)
        if trouble:
            adopt = "" if state.foreign is None else " --adopt"
            fix = f"Replace it with `hygge run FLOW.ENTITY --full-drop{adopt}`."
            return [Finding(subject=subject, ok=False, message=trouble, fix=fix)]
        try:
            if stuck := self._stuck(target):
                raise stuck
            with telling("writing", self._files.address()):
                self._files.probe()
        except HyggeError as error:
            return [Finding(subject=subject, ok=False, message=error.message, fix=error.remedy)]
        last = f"last written by job {state.receipt.job_id}" if state.receipt else "nothing there yet"
        return [Finding(subject=subject, ok=True, message=f"{last}; can be written")]

    def _stuck(self, target: Target) -> HyggeError | None:
        """Why a commit that has begun can't be finished, if one is."""
        where = self._layout(target)
        with telling("looking at the destination", self.identity(target)):
            claim = self._shelf(where).look().claim
            return self._landing(where).stuck(claim) if claim is not None else None

    def _refuse_file(self, where: Layout) -> None:
        """Raise where a file stands on the way to the entity's folder, or to that of its receipts."""
        file = self._files.obstacle(where.folder) or self._files.obstacle(where.control)
        if file is not None:
            raise NeedsUser(
                f"{file} is no folder, and one is needed there",
                code="HYG400",
                remedy="Set store.path to a folder, or move that file away.",
            )

    def _layout(self, target: Target) -> Layout:
        return layout(self._template, target.entity)

    def _landing(self, where: Layout) -> Landing:
        return Landing(self._files, self._shelf(where), where)

    def _shelf(self, where: Layout) -> Shelf:
        return self._shelves.setdefault(where.control, Shelf(self._files, where.control))

    def _totals(self, job: Job) -> Mapping[str, int]:
        last = self._base(job)
        return last.token if last else {"folder_files": 0, "folder_bytes": 0}

    def _base(self, job: Job) -> Receipt | None:
        """The receipt whose files stay beside those of the job."""
        base = job.base if job.mode == "append" else None
        return self._shelf(self._layout(job.target)).of(base) if base is not None else None
