"""What the replacements of one run put out: small folders of many targets in one, deleted together.

Where each step is a request, two of them a target are spared: to see that all in a folder is hygge's own,
and to delete it. A run that dies leaves its folder behind: whoever next looks closely at a target takes
what was the target's, and later runs, after a day, the rest.
"""

from __future__ import annotations

import logging
import re
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from hygge.errors import JournalDamaged
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.files.layout import CONTROL, JOB, TARGETS, Layout, is_data_name
from hygge.files.receipts import Shelf
from hygge.jobs import begun_long_ago
from hygge.model import Receipt

__all__ = ["Aside", "Replaced", "aside", "holds", "put_aside", "remove_replaced"]

log = logging.getLogger("hygge")

FOLDER = f"{CONTROL}/replaced"
SMALL, MOST = 8 << 20, 1 << 30  # bytes of a target, of all, that wait for the end of the run; more go at once
OLD, ASKED = 20, 200  # folders of runs that died, and targets of each, that one run sees to
_RUN = re.compile(JOB)
_ENTRY = re.compile(rf"(.+)\.({JOB})")


@dataclass(frozen=True, slots=True)
class Aside:
    """A folder that was put out, by the replacement that some job made."""

    path: str
    key: str  # of the target's layout
    job_id: str


@dataclass(frozen=True, slots=True)
class _Ended:
    """What is known of a place once the commit behind it has its receipt."""

    names: Set[str]  # of the data files that were seen in it before it was put out
    adopt: bool  # what hygge did not write was given up, too


class Replaced:
    """The folder of one run. Thread-safe."""

    def __init__(self, files: FileSystem) -> None:
        self._files = files
        self.folder = f"{FOLDER}/{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:10]}"
        self.others = False  # whether there are folders of other runs
        self._used = False
        self._room = MOST
        self._known: dict[str, _Ended] = {}
        self._changing = threading.Lock()

    def takes(self, size: int) -> bool:
        """Whether a folder of so many bytes may wait here; then there is less room for others."""
        with self._changing:
            taken = size <= min(SMALL, self._room)
            self._room -= size if taken else 0
            return taken

    def place(self, where: Layout, job_id: str) -> str:
        """Where the job is to put out what it replaces."""
        self._files.make_folder(self.folder)
        self._used = True
        return f"{self.folder}/{where.key}.{job_id}"

    def ended(self, place: str, seen: Iterable[FileInfo], *, adopt: bool) -> bool:
        """Note that the commit behind a place has its receipt; False if the place is not of this run.

        ``seen`` is what the entity's folder held before; with ``adopt`` also what hygge did not write is
        given up.
        """
        if not place.startswith(f"{self.folder}/"):
            return False
        known = _Ended(_data(one.name for one in seen), adopt)
        with self._changing:
            self._known[place] = known
        return True

    def known(self, place: str) -> _Ended | None:
        """What was noted of a place."""
        return self._known.get(place)

    def clear(self) -> None:
        """Delete what is replaced for good, of this run and of some that died long ago.

        Raises `TransientError` where the service does not answer. What can't be deleted is left to later
        runs.
        """
        if not self._used and not self.others:
            return
        found = self._files.below(FOLDER)
        runs = [one.name for one in found.get(FOLDER, ()) if one.folder and _RUN.fullmatch(one.name)]
        old = [f"{FOLDER}/{name}" for name in runs if begun_long_ago(name)]
        for folder in dict.fromkeys([self.folder, *old[:OLD]]):
            try:
                if folder in found:
                    _clear(self._files, folder, found, self)
            except OSError as error:
                log.warning("%s: what was replaced is not deleted: %s", self._files.address(folder), error)


def _clear(files: FileSystem, folder: str, found: Mapping[str, Sequence[FileInfo]], mine: Replaced) -> None:
    kept = False
    done = []
    asked = 0
    for one in found.get(folder, ()):
        place = f"{folder}/{one.name}"
        names = [entry.name for entry in found.get(place, ())]
        known = mine.known(place)
        asked += known is None
        if asked > ASKED:  # later runs see to the rest
            old = False
        else:
            old = _is_old(files, place, names) if known is None else known.names >= _data(names)
        if not old:
            kept = True
        elif (known is not None and known.adopt) or all(map(is_data_name, names)):
            done.append(place)
        else:
            remove_replaced(files, [place], adopt=False)
            kept = True
    for place in done if kept else [folder]:
        files.delete(place)


def _data(names: Iterable[str]) -> Set[str]:
    return {name for name in names if is_data_name(name)}


def _is_old(files: FileSystem, place: str, names: Sequence[str]) -> bool:
    """Whether no commit that is under way, and not the last receipt, speaks of what lies in a place.

    A late request may have moved there what is the entity's now: of the job itself, of a later one, or,
    where its claim was taken back, of an earlier one.
    """
    named = _ENTRY.fullmatch(place.rpartition("/")[2])
    if named is None:
        return False
    try:
        now = Shelf(files, f"{TARGETS}/{named[1]}").look()
    except JournalDamaged as error:
        log.debug("%s: %s", files.address(place), error)
        return False
    claims = now.claim is not None and now.claim.job_id == named[2]
    return not claims and not holds(now.last, names)


def holds(receipt: Receipt | None, names: Iterable[str]) -> bool:
    """Whether all files of a receipt's job are among ``names``; the table of an append lies beside them."""
    own = {name for _, name, _ in receipt.token["files"]} if receipt is not None else set()
    return bool(own) and own.issubset(names)


def aside(tree: Mapping[str, Sequence[FileInfo]]) -> Iterator[Aside]:
    """What runs have put out and not deleted, by a listing of all folders."""
    for run in tree.get(FOLDER, ()):
        for one in tree.get(f"{FOLDER}/{run.name}", ()):
            if named := _ENTRY.fullmatch(one.name):
                yield Aside(f"{FOLDER}/{run.name}/{one.name}", named[1], named[2])


def put_aside(files: FileSystem, where: Layout) -> list[Aside]:
    """What was put out of one target and lies in the folders of runs."""
    if not files.remote:
        return []
    return [one for one in aside(files.below(FOLDER)) if one.key == where.key]


def remove_replaced(files: FileSystem, places: Sequence[str], *, adopt: bool) -> None:
    """Delete folders that an exchange put out, but nothing that hygge did not write."""
    for place in places:
        if adopt or all(is_data_name(e.name) for e in files.list(place)):
            files.delete(place)
        else:
            _delete_own(files, place)


def _delete_own(files: FileSystem, place: str) -> None:
    for entry in files.list(place):
        if is_data_name(entry.name):
            files.delete(f"{place}/{entry.name}")
    log.warning(
        "%s holds files that hygge did not write; they lay in a folder that was replaced: "
        "move them to where they belong",
        files.address(place),
    )
