"""A claim that nobody can finish, since what it promises is gone: told for certain, and taken back.

Whoever finds a file of a claim missing may only have looked while somebody else moved it. It is gone if
two looks at all places where it could be miss it, and the claim still stands after them.
"""

from __future__ import annotations

from collections.abc import Iterable

from hygge.errors import Superseded
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.files.identities import expected_bytes, held, staged_identities
from hygge.files.layout import Layout, is_put_out
from hygge.files.publish import left_of, remove_replaced, staged_files
from hygge.files.receipts import Shelf
from hygge.model import Receipt

__all__ = ["gone", "take_back", "unfinishable"]


def gone(files: FileSystem, where: Layout, shelf: Shelf, claim: Receipt) -> list[str]:
    """The staged files of a claim that are nowhere any more; none of a claim that stands no longer."""
    first, second = _missing(files, where, shelf, claim), _missing(files, where, shelf, claim)
    standing = shelf.look().claim
    if standing is None or standing.job_id != claim.job_id:
        return []
    return [path for path in second if path in first]


def take_back(files: FileSystem, where: Layout, shelf: Shelf, claim: Receipt) -> None:
    """Remove what is left of a claim of which files are gone; repeatable until the claim itself goes.

    What it staged goes first: so nobody who woke late could move any of it after the rest was removed.
    """
    staged, folders = left_of(claim.job_id, files.list(where.control))
    for name in staged:
        files.delete(f"{where.control}/{name}")
    failpoint("withdrawal.staged")
    for name in folders:
        _put_back(files, where, f"{where.control}/{name}")
    if claim.mode == "append":
        for move in staged_files(claim):
            files.delete(f"{where.folder}/{move.name}")
        files.sync(where.folder)
    files.delete(shelf.overlap_path(claim.number))
    failpoint("withdrawal.removed")
    shelf.withdraw(claim)


def unfinishable(claim: Receipt, lost: Iterable[str]) -> Superseded:
    """The error of a job whose commit had begun and was taken back."""
    return Superseded(
        f"{claim.flow}.{claim.entity}: the commit of job {claim.job_id} had begun, and what it staged is "
        f"gone: {', '.join(lost)}",
        code="HYG404",
        remedy="What was left of it is taken back. Run again: its rows are read anew.",
        job_id=claim.job_id,
    )


def _missing(files: FileSystem, where: Layout, shelf: Shelf, claim: Receipt) -> list[str]:
    listed = files.list(where.control)
    _, folders = left_of(claim.job_id, listed)
    names = _names(listed)
    for folder in (*(f"{where.control}/{name}" for name in folders), where.folder):
        names |= _names(files.list(folder))
    lost = [move.staged for move in staged_files(claim) if not {_name(move.staged), move.name} & names]
    if len(held(claim) or b"") != expected_bytes(claim):
        staged = staged_identities(where, claim.job_id)
        if not {_name(staged), _name(shelf.overlap_path(claim.number))} & names:
            lost.append(staged)
    return lost


def _put_back(files: FileSystem, where: Layout, place: str) -> None:
    """Remove a folder of the job, unless it is the entity's own that was put out a moment before."""
    if is_put_out(_name(place)) and files.info(where.folder) is None:
        files.rename(place, where.folder)
        files.sync(where.folder.rpartition("/")[0])
    else:
        remove_replaced(files, [place], adopt=False)


def _names(entries: Iterable[FileInfo]) -> set[str]:
    return {entry.name for entry in entries}


def _name(path: str) -> str:
    return path.rpartition("/")[2]
