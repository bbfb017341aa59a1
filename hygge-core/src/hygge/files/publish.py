"""Make a claimed commit visible, from wherever an earlier attempt at it stopped.

Both ways work from the claim alone, may be called again by anybody, and end with all files of the
job in the entity's folder. Two processes that finish the same claim do not hurt each other: every
step is a rename that one of them wins and the other finds done.
"""

from __future__ import annotations

import contextlib
import errno
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hygge.errors import StopEntity
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.files.layout import PUT_OUT, Layout, is_data_name, is_of, is_put_out, job_of
from hygge.files.receipts import raced
from hygge.files.replaced import Replaced, put_aside
from hygge.jobs import not_as_staged
from hygge.model import Receipt

__all__ = ["Fresh", "discard", "exchanged", "left_of", "misfit", "publish", "staged_files"]


@dataclass(frozen=True, slots=True)
class _Move:
    staged: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is known of a claim that was made just now: nobody else can have begun to finish it before."""

    listed: Sequence[FileInfo]  # what lay in the control folder
    folder: FileInfo | None  # the entity's, seen before the claim: what it replaces
    gathered: bool = False  # what was staged lies in one folder, with nothing else, now and later
    replaced: Replaced | None = None  # takes what is put out
    data: Sequence[FileInfo] = ()  # what lay in the entity's folder then


def staged_files(receipt: Receipt) -> list[_Move]:
    """The moves that a claim promises."""
    return [_Move(str(path), str(name), int(size)) for path, name, size in receipt.token["files"]]


def publish(
    files: FileSystem, where: Layout, claim: Receipt, fresh: Fresh | None = None
) -> Sequence[str] | None:
    """Put the claimed files into the entity's folder; replace also puts the old ones out.

    The folders that then hold what was replaced, or None where only a look would tell.
    """
    if claim.mode == "replace":
        return _replace(files, where, claim, fresh)
    _append(files, where, claim)
    return ()


def _append(files: FileSystem, where: Layout, claim: Receipt) -> None:
    files.make_folder(where.folder)
    for move in staged_files(claim):
        _fetch(files, [move.staged], f"{where.folder}/{move.name}", claim)
        failpoint("publish.moved")
    files.sync(where.folder)
    failpoint("publish.synced")


def _replace(files: FileSystem, where: Layout, claim: Receipt, fresh: Fresh | None) -> Sequence[str] | None:
    """Fill a folder beside the entity's, unless all was staged in one, and exchange the two.

    An exchange done twice undoes itself. So whoever is about to do it first gives the new folder a
    name of its own: a rename, which one process wins. If the entity's folder then holds the job's
    files, the exchange is done and the folder in hand holds the old data.
    """
    taken = [] if fresh else _take(files, where, claim)
    failpoint("publish.taken")
    replaced: Sequence[str] | None = None
    old = fresh.folder if fresh else files.info(where.folder)  # before a look at what it holds
    if fresh or not exchanged(files, where, claim):
        ready = where.new(claim.job_id) if fresh and fresh.gathered else _filled(files, where, claim, taken)
        try:  # somebody else may take the folder at any time
            files.sync(ready)
            failpoint("publish.ready")
            out = _exchange(files, where, ready, claim.job_id, old, fresh)
        except OSError as error:  # or put one in, the new or the old one
            if error.errno not in (errno.ENOENT, errno.EEXIST, errno.ESTALE):
                raise
            raise raced(claim) from None
        failpoint("publish.exchanged")
        replaced = out if fresh else None
    files.sync(_parent(where.folder))  # one rename is one step on the disk: its other folder needs no sync
    failpoint("publish.synced")
    return replaced


def exchanged(files: FileSystem, where: Layout, claim: Receipt) -> bool:
    """Whether the entity's folder is the new one, be it that its files have vanished since."""
    moves = staged_files(claim)
    new = {move.name for move in moves}
    there = {entry.name for entry in files.list(where.folder)}
    if new & there:
        return True
    staged, folders = left_of(claim.job_id, files.list(where.control))
    places = [f"{where.control}/{one}" for one in folders]
    places += [one.path for one in put_aside(files, where) if one.job_id == claim.job_id]
    aside = {entry.name for place in places for entry in files.list(place)}
    if new & aside or {move.staged.rpartition("/")[2] for move in moves} & set(staged):
        return False
    old = any(not is_of(claim.job_id, name) for name in aside)
    # Old data is aside, the new one nowhere, and its folder there: unless that is somebody else's.
    return old and all(map(is_data_name, there)) and files.info(where.folder) is not None


def _filled(files: FileSystem, where: Layout, claim: Receipt, taken: Sequence[str]) -> str:
    """A folder of all the job's files and nothing else; some may lie in those that were ``taken``.

    A split that broke off may have left a file where the others were staged, or leave one late: what such
    a folder holds is only known once it has a name that nobody else knows.
    """
    moves = staged_files(claim)
    names = {move.name for move in moves}
    held = {place: {entry.name for entry in files.list(place)} for place in taken}
    ready = next((place for place in taken if held[place] <= names), "") or _made(files, where, claim)
    for move in moves:
        if move.name not in held.get(ready, ()):
            places = [move.staged, *(f"{place}/{move.name}" for place in taken if place != ready)]
            _fetch(files, places, f"{ready}/{move.name}", claim)
        failpoint("publish.moved")
    return ready


def _take(files: FileSystem, where: Layout, claim: Receipt) -> list[str]:
    """Give every folder of earlier attempts a name that only this one knows."""
    taken = []
    for entry in files.list(where.control):
        if entry.folder and job_of(entry.name) == claim.job_id and not is_put_out(entry.name):
            mine = where.swap(claim.job_id, uuid.uuid4().hex)
            try:
                files.rename(f"{where.control}/{entry.name}", mine)
            except FileNotFoundError:
                raise raced(claim) from None
            taken.append(mine)
    return taken


def _made(files: FileSystem, where: Layout, claim: Receipt) -> str:
    folder = where.swap(claim.job_id, uuid.uuid4().hex)
    files.make_folder(folder)
    return folder


def _fetch(files: FileSystem, places: Iterable[str], destination: str, claim: Receipt) -> None:
    for place in places:
        try:
            files.rename(place, destination)
        except FileNotFoundError:
            continue
        return
    if files.info(destination) is None:
        raise raced(claim)


def _exchange(
    files: FileSystem, where: Layout, ready: str, job_id: str, old: FileInfo | None, fresh: Fresh | None
) -> Sequence[str]:
    """Put the new folder in the place of the ``old`` one; where that is then, if there was one."""
    try:
        if files.swap(where.folder, ready):
            return [ready]
        if old is not None:
            if fresh is not None and fresh.replaced is not None:
                out = fresh.replaced.place(where, job_id)
            else:
                out = where.swap(job_id, f"{PUT_OUT}{uuid.uuid4().hex}")
            _exchange_in_two(files, where.folder, ready, out, old.version)
            return [out]
    except FileNotFoundError:
        if files.info(where.folder) is not None:
            raise
    files.make_folder(_parent(where.folder))
    files.rename(ready, where.folder)
    return []


def _exchange_in_two(files: FileSystem, folder: str, ready: str, out: str, version: str) -> None:
    """For a moment there is no folder; whoever comes after a crash finds that and puts it in.

    What is put out is the old folder or nothing: a service may do it when the new one has long been in.
    """
    files.rename(folder, out, version=version)
    failpoint("publish.put_out")
    try:
        files.rename(ready, folder)
    except FileNotFoundError:  # somebody else has put the new folder in, and it is what we put out
        if files.info(folder) is None:
            files.rename(out, folder)
        raise


def left_of(job_id: str, listed: Iterable[FileInfo]) -> tuple[list[str], list[str]]:
    """Names of the files that a job staged, and of the folders that its exchange may have put out."""
    mine = [entry for entry in listed if job_of(entry.name) == job_id]
    return [one.name for one in mine if not one.folder], [one.name for one in mine if one.folder]


def discard(files: FileSystem, where: Layout, job_id: str) -> None:
    """Delete the folder that a job staged into; if somebody wakes who would exchange it, he finds none."""
    mine = where.swap(job_id, uuid.uuid4().hex)
    with contextlib.suppress(FileNotFoundError):
        files.rename(where.new(job_id), mine)
        files.delete(mine)


def _parent(folder: str) -> str:
    return folder.rpartition("/")[0]


def misfit(
    files: FileSystem, listed: Iterable[FileInfo], expected: Iterable[tuple[str, int]]
) -> StopEntity | None:
    """What is wrong with staged files of ``expected`` sizes; never trust a status alone."""
    sizes = {entry.name: entry.size for entry in listed}
    for path, size in expected:
        found = sizes.get(path.rpartition("/")[2])
        if found != size:
            return not_as_staged(files.address(path), found, size)
    return None
