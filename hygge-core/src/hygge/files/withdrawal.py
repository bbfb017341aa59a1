"""A claim that nobody can finish, since what it staged is gone: told by two looks, taken back on request.

Whoever finds a file of a claim missing may only have looked while somebody else moved it. It is gone if
two looks at all places where it could be miss it, neither of which anybody disturbed, and the claim still
stands after them. Only a user's word takes such a claim back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from hygge.errors import StopEntity
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.files.identities import in_a_file, staged_identities
from hygge.files.layout import Layout, is_new, is_of, job_of
from hygge.files.publish import exchanged, left_of, staged_files
from hygge.files.receipts import Shelf
from hygge.files.replaced import put_aside, remove_replaced
from hygge.model import Receipt

__all__ = ["gone", "take_back", "unfinishable"]


def gone(files: FileSystem, where: Layout, shelf: Shelf, claim: Receipt) -> list[str]:
    """The staged files of a claim that are nowhere any more.

    None of a claim that stands no longer, or whose replacement is done: that can be finished.
    """
    if claim.mode == "replace" and exchanged(files, where, claim):
        return []
    first, second = _missing(files, where, shelf, claim), _missing(files, where, shelf, claim)
    return [path for path in second if path in first] if _stands(shelf, claim) else []


def take_back(files: FileSystem, where: Layout, shelf: Shelf, claim: Receipt) -> None:
    """Remove what is left of a claim of which files are gone; repeatable until the claim itself goes.

    What it staged goes first: so nobody who wakes late can move any of it after the rest was removed.
    """
    staged, folders = left_of(claim.job_id, files.list(where.control))
    for name in staged:
        files.delete(f"{where.control}/{name}")
    failpoint("withdrawal.staged")
    aside = [one.path for one in put_aside(files, where) if one.job_id == claim.job_id]
    for place in (*(f"{where.control}/{name}" for name in folders), *aside):
        _clear(files, where, place, claim)
    if claim.mode == "append":
        for move in staged_files(claim):
            files.delete(f"{where.folder}/{move.name}")
        files.sync(where.folder)
    failpoint("withdrawal.removed")
    if _stands(shelf, claim):
        files.delete(shelf.overlap_path(claim.number))
        shelf.withdraw(claim)


def unfinishable(claim: Receipt, lost: Iterable[str]) -> StopEntity:
    """The error of a commit that had begun and can't be finished."""
    return StopEntity(
        f"{claim.flow}.{claim.entity}: the commit of job {claim.job_id} had begun, and what it staged is "
        f"gone: {', '.join(lost)}",
        code="HYG404",
        remedy="Restore it, or give the job up with `hygge state discard FLOW.ENTITY`: what is visible of it "
        "is taken back, and the next run reads its rows anew.",
    )


def _stands(shelf: Shelf, claim: Receipt) -> bool:
    standing = shelf.look().claim
    return standing is not None and standing.job_id == claim.job_id


def _missing(files: FileSystem, where: Layout, shelf: Shelf, claim: Receipt) -> list[str]:
    """What one look does not find; nothing if the job's files were moved during it."""
    listed = files.list(where.control)
    _, folders = left_of(claim.job_id, listed)
    names = _names(listed)
    for folder in (*(f"{where.control}/{name}" for name in folders), where.folder):
        names |= _names(files.list(folder))
    if _of_job(claim, files.list(where.control)) != _of_job(claim, listed):
        return []
    lost = [move.staged for move in staged_files(claim) if not {_name(move.staged), move.name} & names]
    staged, kept = staged_identities(where, claim.job_id), shelf.overlap_path(claim.number)
    if in_a_file(claim) and not {_name(staged), _name(kept)} & names:
        lost.append(staged)
    return lost


def _clear(files: FileSystem, where: Layout, place: str, claim: Receipt) -> None:
    """Remove a folder of the job; if it holds what was there before, that goes to where it belongs."""
    mine = where.swap(claim.job_id, uuid.uuid4().hex)
    files.rename(place, mine)  # from here on nobody else exchanges it
    names = _names(files.list(mine))
    if is_new(place.rpartition("/")[2]) or not names or any(is_of(claim.job_id, name) for name in names):
        remove_replaced(files, [mine], adopt=False)  # it was to be the new data, whatever lies beside it
    elif files.info(where.folder) is None:
        files.rename(mine, where.folder)
        files.sync(where.folder.rpartition("/")[0])


def _of_job(claim: Receipt, listed: Sequence[FileInfo]) -> list[str]:
    return [entry.name for entry in listed if job_of(entry.name) == claim.job_id]


def _names(entries: Iterable[FileInfo]) -> set[str]:
    return {entry.name for entry in entries}


def _name(path: str) -> str:
    return path.rpartition("/")[2]
