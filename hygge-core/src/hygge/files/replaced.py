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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hygge.files.filesystem import FileInfo, FileSystem
from hygge.files.layout import CONTROL, JOB, TARGETS, Layout, is_data_name, is_of
from hygge.files.receipts import Shelf
from hygge.jobs import begun_long_ago

__all__ = ["SMALL", "Aside", "Replaced", "aside", "put_aside", "remove_replaced"]

log = logging.getLogger("hygge")

FOLDER = f"{CONTROL}/replaced"
SMALL = 8 << 20  # bytes of a target that may wait for the end of the run; more take up room, and go at once
_ENTRY = re.compile(rf"(.+)\.({JOB})")


@dataclass(frozen=True, slots=True)
class Aside:
    """A folder that was put out, by the replacement that some job made."""

    path: str
    key: str  # of the target's layout
    job_id: str


class Replaced:
    """The folder of one run. Thread-safe.

    ``others``: whether there are folders of other runs.
    """

    def __init__(self, files: FileSystem, *, others: bool) -> None:
        self._files = files
        self._folder = f"{FOLDER}/{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:10]}"
        self._others = others
        self._ended: dict[str, bool] = {}
        self._changing = threading.Lock()
        self._used = False

    def place(self, where: Layout, job_id: str) -> str:
        """Where the job is to put out what it replaces."""
        self._files.make_folder(self._folder)
        self._used = True
        return f"{self._folder}/{where.key}.{job_id}"

    def ended(self, place: str, *, adopt: bool) -> bool:
        """Note that the commit behind a place has its receipt; False if the place is not of this run.

        With ``adopt`` also what hygge did not write is given up.
        """
        if not place.startswith(f"{self._folder}/"):
            return False
        with self._changing:
            self._ended[place] = adopt
        return True

    def clear(self) -> None:
        """Delete what is replaced for good, of this run and of those that died long ago."""
        if not self._used and not self._others:
            return
        found = self._files.below(FOLDER)
        for run in found.get(FOLDER, ()):
            folder = f"{FOLDER}/{run.name}"
            if folder == self._folder or begun_long_ago(run.name):
                self._clear(folder, found)

    def _clear(self, folder: str, found: Mapping[str, Sequence[FileInfo]]) -> None:
        kept = False
        done = []
        for one in found.get(folder, ()):
            place = f"{folder}/{one.name}"
            names = [entry.name for entry in found.get(place, ())]
            if not self._may_go(place, names):
                kept = True
            elif self._ended.get(place) or all(map(is_data_name, names)):
                done.append(place)
            else:
                remove_replaced(self._files, [place], adopt=False)
                kept = True
        for place in done if kept else [folder]:
            self._files.delete(place)

    def _may_go(self, place: str, names: Sequence[str]) -> bool:
        """Whether a folder holds old data of a commit that has ended."""
        named = _ENTRY.fullmatch(place.rpartition("/")[2])
        if named is None or any(is_of(named[2], name) for name in names):
            return False  # it is what the job has loaded, moved here by a request that was carried out late
        return place in self._ended or not _claims(self._files, key=named[1], job_id=named[2])


def _claims(files: FileSystem, *, key: str, job_id: str) -> bool:
    claim = Shelf(files, f"{TARGETS}/{key}").look().claim
    return claim is not None and claim.job_id == job_id


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
