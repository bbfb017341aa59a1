"""Numbered receipts beside the data; the next number is free once, and that decides who commits.

A commit begins by creating ``<number>.claim`` where no such file was: the one step that two rivals
cannot both do. When the data is in place the claim is renamed to ``<number>.<job>.json`` and is the
receipt. A claim therefore holds all that is needed to finish it, by anybody; a receipt's name tells
whose it is, so that one that is known need not be read.

A rival that looked before that rename may create the claim anew after it. Such a claim has lost: it
counts only while there is no receipt of its number, and a receipt is never replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hygge.codec import DecodeError, decode, encode
from hygge.errors import CommitUnknown, JournalDamaged
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.jobs import superseded
from hygge.model import Job, Receipt

__all__ = ["Shelf", "Standing", "raced"]

RECEIPT, CLAIM, OVERLAP = "json", "claim", "overlap"  # how their names end
_NUMBERED = re.compile(rf"(\d+)\.(?:.+\.)?({RECEIPT}|{CLAIM}|{OVERLAP})")

KEPT = 50  # older receipts are history that the journal tells better


@dataclass(frozen=True, slots=True)
class Standing:
    """How a target stands."""

    last: Receipt | None
    """The receipt that counts."""
    claim: Receipt | None
    """A commit that was begun and not finished; one that lost its race is none."""
    outdated: Sequence[str] = ()
    """Files that no longer count: lost claims, old identities, receipts of long ago."""
    listed: Sequence[FileInfo] = ()
    """All that lay in the folder."""


class Shelf:
    """The receipts of one target, in its control folder.

    A receipt is read once: it is never replaced, and the listing tells one file from another.
    """

    def __init__(self, files: FileSystem, folder: str) -> None:
        self._files = files
        self._folder = folder
        self._read_last: tuple[FileInfo, Receipt] | None = None

    def look(self, listed: Sequence[FileInfo] | None = None, known: Receipt | None = None) -> Standing:
        """How the target stands: one listing, if it was not ``listed`` yet, and a file or two.

        A last receipt that is ``known`` from elsewhere is not read again.
        """
        found = self._files.list(self._folder) if listed is None else listed
        entries = _numbered(found)
        number = _greatest(entries, RECEIPT)
        if number and known is not None and entries[number, RECEIPT].name == _receipt_name(known):
            self._read_last = entries[number, RECEIPT], known
        last = self._last(entries[number, RECEIPT]) if number else None
        begun = _greatest(entries, CLAIM)
        claim = self._claim(begun) if begun > number else None
        if begun > number and claim is None:
            return self.look()  # it has become a receipt since
        return Standing(
            last=last,
            claim=claim,
            outdated=[entry.name for key, entry in entries.items() if _is_outdated(*key, number)],
            listed=found,
        )

    def of(self, job_id: str) -> Receipt | None:
        """The receipt of this job if it is the last one: as it was read, or by a look."""
        if self._read_last is not None and self._read_last[1].job_id == job_id:
            return self._read_last[1]
        last = self.look().last
        return last if last is not None and last.job_id == job_id else None

    def find(self, job_id: str, number: int) -> Receipt | None:
        """The receipt of this job, which can only have this number, if it is still kept."""
        try:
            return self._read(f"{number:08d}.{job_id}.{RECEIPT}")
        except FileNotFoundError:
            return None

    def expect(self, job: Job, standing: Standing | None = None) -> None:
        """Raise `Superseded` if the last receipt is not the job's base, or a rival's commit has begun."""
        now = standing or self.look()
        if _id(now.last) != job.base:
            raise superseded(job, now.last)
        if now.claim is not None and now.claim.job_id != job.id:
            raise superseded(job, now.claim)

    def begin(self, job: Job, receipt: Receipt) -> Mapping[str, Sequence[FileInfo]] | None:
        """Claim the number after the job's base, whose receipt was the last one a moment before.

        What the folder and those below it hold then; None if an earlier call of the same job has claimed it.
        Raises `Superseded` if a rival has taken that number meanwhile.
        """
        name = _claim_name(receipt.number)
        if not self._files.create(f"{self._folder}/{name}", encode(receipt)):
            now = self.look()
            if now.claim is None or now.claim.job_id != job.id:
                raise superseded(job, now.claim or now.last)
            return None
        failpoint("receipts.claimed")
        # A rival that finished just before has renamed its claim, so ours could be created.
        found = self._files.below(self._folder)
        entries = _numbered(found.get(self._folder, ()))
        number = _greatest(entries, RECEIPT)
        last = self._last(entries[number, RECEIPT]) if number else None
        if _id(last) != job.base:
            self.withdraw(receipt)
            raise superseded(job, last)
        return found

    def withdraw(self, receipt: Receipt) -> None:
        """Take a claim back of which nobody has published anything."""
        self._files.delete(f"{self._folder}/{_claim_name(receipt.number)}")

    def settle(self, receipt: Receipt) -> None:
        """Turn the claim into the receipt; repeatable."""
        claim, settled = (
            f"{self._folder}/{n}" for n in (_claim_name(receipt.number), _receipt_name(receipt))
        )
        try:
            self._files.rename(claim, settled, replace=False)
        except (FileNotFoundError, FileExistsError):  # somebody else was faster
            if self.find(receipt.job_id, receipt.number) is None:
                raise raced(receipt) from None
        failpoint("receipts.settled")
        if receipt.overlap is not None:
            self._files.sync(self._folder)
        # Else a power cut may leave the claim, which is durable and leads to the same receipt again.

    def overlap_path(self, number: int) -> str:
        """Where the identities of receipt ``number`` are kept."""
        return f"{self._folder}/{number:08d}.{OVERLAP}"

    def tidy(self, standing: Standing) -> None:
        """Remove what no longer counted when somebody looked, and so never will."""
        for name in standing.outdated:
            self._files.delete(f"{self._folder}/{name}")

    def _last(self, entry: FileInfo) -> Receipt:
        if self._read_last is None or self._read_last[0] != entry:
            self._read_last = entry, self._read(entry.name)
        return self._read_last[1]

    def _claim(self, number: int) -> Receipt | None:
        """The claim, unless somebody has finished it or been faster."""
        try:
            claim = self._read(_claim_name(number))
        except FileNotFoundError:  # finished meanwhile
            return None
        receipts = _numbered(self._files.list(self._folder))
        return claim if number > _greatest(receipts, RECEIPT) else None  # see above

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


def _claim_name(number: int) -> str:
    return f"{number:08d}.{CLAIM}"


def _receipt_name(receipt: Receipt) -> str:
    return f"{receipt.number:08d}.{receipt.job_id}.{RECEIPT}"


def _numbered(listed: Iterable[FileInfo]) -> dict[tuple[int, str], FileInfo]:
    """The numbered files of a folder, by number and kind."""
    parted = ((_NUMBERED.fullmatch(entry.name), entry) for entry in listed)
    return {(int(found[1]), found[2]): entry for found, entry in parted if found}


def _id(receipt: Receipt | None) -> str | None:
    return receipt.job_id if receipt is not None else None


def _greatest(entries: Iterable[tuple[int, str]], kind: str) -> int:
    return max((number for number, one in entries if one == kind), default=0)


def _is_outdated(number: int, kind: str, last: int) -> bool:
    if kind == CLAIM:
        return number <= last
    return number <= last - KEPT or (kind == OVERLAP and number < last)


def raced(claim: Receipt) -> CommitUnknown:
    """The error of whoever finishes a claim and finds that somebody else is at it, too."""
    return CommitUnknown(
        f"{claim.flow}.{claim.entity}: files of job {claim.job_id} were moved by somebody else meanwhile",
        remedy="Run again: the receipt beside the data says what became of it.",
    )
