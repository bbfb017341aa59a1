"""What lies in an entity's folder, beside what its receipt says should be there."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hygge.files.filesystem import FileInfo, FileSystem
from hygge.files.layout import CONTROL, Layout, is_data_name, job_of
from hygge.files.receipts import Standing
from hygge.files.replaced import FOLDER as REPLACED
from hygge.files.replaced import Replaced, aside
from hygge.model import Job, Receipt, TargetState

__all__ = ["Contents", "Look", "Seen", "contents", "is_own", "see", "target_state"]

SEEN_EACH, MOST_SEEN = 5_000, 200_000  # entries of a survey: of a target, of all; beyond, each is looked at
FRESH = 60.0  # seconds for which a commit believes what was seen of its target


@dataclass(frozen=True, slots=True)
class Contents:
    """The folder of one entity, read from its listing."""

    taken: str | None  # another store within it
    foreign: str | None  # what else hygge did not write
    files: int  # those with names that hygge gives
    size: int  # their bytes

    def not_ours(self, *, known: bool) -> str | None:
        """What hygge did not write, or can't tell: it is not ``known`` that anything was written."""
        return self.foreign or ("data files without any receipt" if self.files and not known else None)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a survey saw of a target of which nothing is staged or put out."""

    at: float  # `time.monotonic` before it
    control: Sequence[FileInfo]
    data: Sequence[FileInfo]
    folder: FileInfo | None  # the entity's
    replaced: Replaced  # of all targets that were seen
    aside: Mapping[str, Sequence[str]]  # what runs that died have put out of it: folders, names of files


@dataclass(frozen=True, slots=True)
class Look:
    """How a target stood and what lay in its folder at one time."""

    at: float  # `time.monotonic` before it
    standing: Standing
    contents: Contents
    folder: FileInfo | None  # the entity's, seen no later than what lay in it
    replaced: Replaced | None = None  # where what it replaces may be put out
    data: Sequence[FileInfo] = ()  # what lay in the entity's folder, where it may

    def serves(self, job: Job) -> bool:
        """Whether a commit of the job may begin on it: its claim then proves the standing again."""
        last = self.standing.last
        base = last.job_id if last is not None else None
        return self.standing.claim is None and base == job.base and time.monotonic() - self.at <= FRESH


def is_own(entry: FileInfo) -> bool:
    """Whether an entry of an entity's folder is a file named as hygge names them."""
    return not entry.folder and is_data_name(entry.name)


def contents(files: FileSystem, where: Layout, entries: Iterable[FileInfo]) -> Contents:
    """What the ``entries`` of the entity's folder are."""
    taken, foreign, own, size = None, None, 0, 0
    for entry in entries:
        if entry.name == CONTROL:
            taken = f"another target of hygge, in {files.address(f'{where.folder}/{CONTROL}')}"
        if is_own(entry):
            own, size = own + 1, size + entry.size
        else:
            foreign = foreign or f"{entry.name!r} in {files.address(where.folder)}"
    return Contents(taken, foreign, own, size)


def target_state(standing: Standing, found: Contents) -> TargetState:
    """The two together."""
    receipt, claim = standing.last, standing.claim
    return TargetState(
        receipt=receipt,
        schema=receipt.schema if receipt else None,
        taken=found.taken,
        foreign=found.not_ours(known=bool(receipt or claim)),
        damage=_damage(receipt, found) if receipt and not claim else None,
        pending=claim.job_id if claim else None,
    )


def see(files: FileSystem, places: Iterable[Layout], replaced: Replaced) -> Mapping[Layout, Seen]:
    """Those of ``places`` that need no cleaning up, from one listing of all; empty where that is dear."""
    wanted, began = list(places), time.monotonic()
    tree = files.tree(limit=min(MOST_SEEN, SEEN_EACH * len(wanted)))
    if tree is None:
        return {}
    found: dict[Layout, Seen] = {}
    # What was put out is listed before the claims (`replaced` before `targets`): of a job that has none
    # afterwards the commit has ended, also where the listing takes several requests.
    left: dict[str, dict[str, Sequence[str]]] = {}
    for one in aside(tree):
        left.setdefault(one.key, {})[one.path] = [entry.name for entry in tree.get(one.path, ())]
    replaced.others = REPLACED in tree
    for where in wanted:
        control = tree.get(where.control, ())
        if not any(job_of(entry.name) for entry in control):
            above, _, name = where.folder.rpartition("/")
            folder = next((one for one in tree.get(above, ()) if one.name == name), None)
            data, mine = tree.get(where.folder, ()), left.get(where.key, {})
            found[where] = Seen(began, control, data, folder, replaced, mine)
    return found


def _damage(receipt: Receipt, found: Contents) -> str | None:
    expected, expected_size = receipt.token["folder_files"], receipt.token["folder_bytes"]
    if (found.files, found.size) == (expected, expected_size):
        return None
    return (
        f"the last receipt counts {expected} data {'file' if expected == 1 else 'files'} "
        f"with {expected_size} bytes, the folder holds {found.files} with {found.size}"
    )
