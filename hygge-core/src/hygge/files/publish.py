"""Make a claimed commit visible, from wherever an earlier attempt at it stopped.

Both ways work from the claim alone, may be called again by anybody, and end with all files of the
job in the entity's folder. Two processes that finish the same claim do not hurt each other: every
step is a rename that one of them wins and the other finds done.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from hygge.errors import CommitUnknown, StopEntity
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem
from hygge.files.layout import SWAP, Layout, is_data_name
from hygge.model import Receipt

__all__ = ["publish", "remove_replaced", "staged_files", "verify_staged"]


@dataclass(frozen=True, slots=True)
class _Move:
    staged: str
    name: str
    size: int


def staged_files(receipt: Receipt) -> list[_Move]:
    """The moves that a claim promises."""
    return [_Move(str(path), str(name), int(size)) for path, name, size in receipt.token["files"]]


def publish(files: FileSystem, where: Layout, claim: Receipt) -> None:
    """Put the claimed files into the entity's folder; replace also puts the old ones out."""
    if claim.mode == "replace":
        _replace(files, where, claim)
    else:
        _append(files, where, claim)


def _append(files: FileSystem, where: Layout, claim: Receipt) -> None:
    files.make_folder(where.folder)
    for move in staged_files(claim):
        try:
            files.rename(move.staged, f"{where.folder}/{move.name}")
        except FileNotFoundError:
            _must_be_there(files, f"{where.folder}/{move.name}", claim)
        failpoint("publish.moved")
    files.sync(where.folder)
    failpoint("publish.synced")


def _replace(files: FileSystem, where: Layout, claim: Receipt) -> None:
    """Fill a folder beside the entity's and exchange the two.

    An exchange done twice undoes itself. So whoever is about to do it first gives the new folder a
    name of its own: a rename, which one process wins. If the entity's folder then holds the job's
    files, the exchange is done and the folder in hand holds the old data.
    """
    ready = _take(files, where, claim)
    failpoint("publish.taken")
    moves = staged_files(claim)
    if files.info(f"{where.folder}/{moves[0].name}") is None:
        for move in moves:
            try:
                files.rename(move.staged, f"{ready}/{move.name}")
            except FileNotFoundError:
                _must_be_there(files, f"{ready}/{move.name}", claim)
        files.sync(ready)
        failpoint("publish.ready")
        _exchange(files, where.folder, ready)
        failpoint("publish.exchanged")
    files.sync(_parent(where.folder))
    files.sync(SWAP)
    failpoint("publish.synced")


def _take(files: FileSystem, where: Layout, claim: Receipt) -> str:
    mine = where.swap(claim.job_id, uuid.uuid4().hex)
    for entry in files.list(SWAP):
        if where.swap_job(entry.name) == claim.job_id:
            try:
                files.rename(f"{SWAP}/{entry.name}", mine)
            except FileNotFoundError:
                raise _raced(claim) from None
            return mine
    files.make_folder(mine)
    return mine


def _exchange(files: FileSystem, folder: str, ready: str) -> None:
    if files.info(folder) is None:
        files.make_folder(_parent(folder))
        files.rename(ready, folder)
    else:
        files.swap(folder, ready)


def remove_replaced(files: FileSystem, where: Layout, job_id: str, *, adopt: bool) -> None:
    """Delete the folder that the exchange put out, unless it holds what hygge did not write."""
    for entry in files.list(SWAP):
        place = f"{SWAP}/{entry.name}"
        if where.swap_job(entry.name) != job_id:
            continue
        if adopt or all(is_data_name(e.name) for e in files.list(place)):
            files.delete(place)
        else:
            _delete_own(files, place)
    failpoint("publish.cleaned")


def _delete_own(files: FileSystem, place: str) -> None:
    for entry in files.list(place):
        if is_data_name(entry.name):
            files.delete(f"{place}/{entry.name}")


def _must_be_there(files: FileSystem, path: str, claim: Receipt) -> None:
    if files.info(path) is None:
        raise _raced(claim)


def _raced(claim: Receipt) -> CommitUnknown:
    return CommitUnknown(
        f"{claim.flow}.{claim.entity}: files of job {claim.job_id} were moved by somebody else meanwhile",
        remedy="Run again: the receipt beside the data says what became of it.",
    )


def _parent(folder: str) -> str:
    return folder.rpartition("/")[0]


def verify_staged(files: FileSystem, moves: Iterable[_Move]) -> None:
    """Compare the staged files' sizes with what was written; never trust a status alone."""
    for move in moves:
        found = files.info(move.staged)
        if found is None or found.size != move.size:
            size = "is missing" if found is None else f"has {found.size} bytes"
            raise StopEntity(
                f"staged file {files.address(move.staged)} {size}; {move.size} bytes were written",
                code="HYG404",
                remedy="Use `hygge state discard` for this entity, then run again.",
            )
