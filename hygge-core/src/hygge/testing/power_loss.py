"""What a disk may hold after a power cut: the states that a file system is free to leave behind.

A step that was synced is there. Of the others any may be missing, within limits:

- names: of each folder's changes an older part stays and the later ones are lost; folders do not wait
  for each other (`scattered`), or all changes together are one order, as on ext4 and XFS (`ordered`)
- contents: of a file's later writes none, all, or some are there; the last may end at any byte, and a
  file may have its length without its bytes, which are zeros then
- names do not wait for contents: a file may be renamed and empty
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hygge.testing.recording import Cut, Disk, Name, Recording, Step, Sync, Write, record
from hygge.testing.sweep import Sweep

__all__ = ["Loss", "after", "build", "losing_power", "losses", "recorded"]

OTHERS = 6  # power cuts at each step besides the extremes
Names = Literal["kept", "lost", "ordered", "scattered"]
Contents = Literal["kept", "lost", "torn", "zeros", "some"]
_EXTREMES: tuple[Literal["kept"], Literal["lost"]] = ("kept", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A power cut after so many steps, and what becomes of what was not synced; ``seed`` decides the rest."""

    steps: int
    names: Names
    contents: Contents
    seed: int = 0


def recorded(sweep: Sweep) -> Recording:
    """What the command does to the folder; asserts that the trace shows all of it."""
    sweep.renew()
    ended, calls = sweep.traced(contents=True)
    sweep.passed(ended)
    found = record(sweep.start, str(sweep.folder), calls)
    disk, there = found.disk().content(), _there(sweep.folder)
    mapped = {path for path in there if path.endswith("-shm")}  # SQLite maps it, and makes it anew
    wrong = [path for path in disk.keys() | there.keys() if disk.get(path, b"?") != there.get(path, b"?")]
    assert set(wrong) <= mapped, f"changed unseen: {wrong}"
    return found


def losing_power(sweep: Sweep, recording: Recording) -> None:
    """Cut the power at each step; then readers see a whole state and the next run heals.

    When the command has come to its end, what it brought is there without another run.
    """
    new: set[bytes] = set()

    def attempt(loss: Loss) -> None:
        build(after(recording, loss), sweep.folder)
        sweep.look()
        if loss.steps == len(recording.steps):
            sweep.landed()
        sweep.heal()

    def distinct() -> Iterator[Loss]:
        found = list(losses(recording, sweep.limits.seed, OTHERS))
        random.Random(sweep.limits.seed).shuffle(found)
        for loss in found:
            mark = _mark(after(recording, loss))
            if mark not in new:
                new.add(mark)
                yield loss

    sweep.each("power loss", distinct(), str, attempt)


def _mark(disk: Disk) -> bytes:
    """Equal for equal disks."""
    found = hashlib.blake2b(digest_size=16)
    for path, content in disk.content().items():
        found.update(repr((path, content)).encode())
    return found.digest()


def _there(folder: Path) -> Mapping[str, bytes | None]:
    found = sorted(folder.rglob("*"))
    return {str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes() for path in found}


def losses(recording: Recording, seed: int, each: int) -> Iterator[Loss]:
    """For every step the extremes, and ``each`` others that the seed chooses."""
    dice = random.Random(seed)
    for steps in range(len(recording.steps) + 1):
        for names in _EXTREMES:
            for contents in _EXTREMES:
                yield Loss(steps=steps, names=names, contents=contents)
        for _ in range(each):
            yield Loss(
                steps=steps,
                names=dice.choice(("kept", "ordered", "scattered", "scattered")),
                contents=dice.choice(("kept", "torn", "torn", "zeros", "some")),
                seed=dice.randrange(1 << 30),
            )


def after(recording: Recording, loss: Loss) -> Disk:
    """The disk that is found after the power cut."""
    dice = random.Random(loss.seed)
    done = recording.steps[: loss.steps]
    disk = recording.start.copy()
    for step in _names(done, loss.names, dice):
        disk.take(step)
    for node in sorted(disk.files):
        for content in _contents(node, done, loss.contents, dice):
            disk.take(content)
    return disk


def build(disk: Disk, folder: Path) -> None:
    """Make the folder what the disk says; files that nobody changed keep their times."""
    shutil.rmtree(folder)
    folder.mkdir()
    for path, node in disk.tree():
        place = folder / path
        if node in disk.folders:
            place.mkdir()
        elif node in disk.origins:
            shutil.copy2(disk.origins[node], place)
        else:
            place.write_bytes(disk.files[node])


# -- names -----------------------------------------------------------------------------------------


def _names(done: Sequence[Step], how: Names, dice: random.Random) -> list[Name]:
    changes = [(number, step) for number, step in enumerate(done) if isinstance(step, Name)]
    if how == "kept":
        return [step for _, step in changes]
    synced = {step.node: number for number, step in enumerate(done) if isinstance(step, Sync)}
    if how == "ordered":
        last = max((synced.get(f, -1) for _, step in changes for f in step.folders), default=-1)
        bounds: Mapping[int, int] = dict.fromkeys(_folders(changes), dice.randint(last, len(done)))
    elif how == "lost":
        bounds = {folder: synced.get(folder, -1) for folder in _folders(changes)}
    else:
        bounds = {f: dice.randint(synced.get(f, -1), len(done)) for f in sorted(_folders(changes))}
    return _within(changes, dict(bounds), synced)


def _folders(changes: Sequence[tuple[int, Name]]) -> set[int]:
    return {folder for _, step in changes for folder in step.folders}


def _within(
    changes: Sequence[tuple[int, Name]], bounds: dict[int, int], synced: Mapping[int, int]
) -> list[Name]:
    """Changes up to each folder's bound. One in two folders is there as a whole or not at all.

    It is there if it was synced in one of them; then what came before it in the other is there, too.
    """
    moved = True
    while moved:
        moved = False
        for number, step in changes:
            if any(synced.get(folder, -1) > number for folder in step.folders):
                for folder in step.folders:
                    if bounds[folder] < number:
                        bounds[folder], moved = number, True
            elif any(bounds[folder] < number for folder in step.folders):
                for folder in step.folders:
                    if bounds[folder] >= number and not _needed(folder, number, changes, synced):
                        bounds[folder], moved = number - 1, True
    return [step for number, step in changes if all(bounds[folder] >= number for folder in step.folders)]


def _needed(folder: int, number: int, changes: Sequence[tuple[int, Name]], synced: Mapping[int, int]) -> bool:
    """Whether a later change in the folder is on the disk for certain, and with it this one."""
    return any(
        later >= number and folder in step.folders and any(synced.get(f, -1) > later for f in step.folders)
        for later, step in changes
    )


# -- contents --------------------------------------------------------------------------------------


def _contents(node: int, done: Sequence[Step], how: Contents, dice: random.Random) -> list[Write | Cut]:
    kept: list[Write | Cut] = []
    open_: list[Write | Cut] = []
    for step in done:
        if isinstance(step, (Write, Cut)) and step.node == node:
            open_.append(step)
        elif isinstance(step, Sync) and step.node == node:
            kept, open_ = kept + open_, []
    return kept + (_unsynced(open_, how, dice) if open_ else [])


def _unsynced(steps: list[Write | Cut], how: Contents, dice: random.Random) -> list[Write | Cut]:
    if how == "kept":
        return steps
    if how == "torn":
        return _torn(steps, dice)
    if how == "zeros":
        return [_zeros(step) for step in steps]
    if how == "some":
        return [step for step in steps if dice.random() < 0.5]
    return []


def _torn(steps: list[Write | Cut], dice: random.Random) -> list[Write | Cut]:
    count = dice.randrange(len(steps))
    last = steps[count]
    if isinstance(last, Write):
        size = dice.randint(0, len(last.data))
        return [*steps[:count], Write(node=last.node, offset=last.offset, data=last.data[:size])]
    return steps[: count + 1]


def _zeros(step: Write | Cut) -> Write | Cut:
    if isinstance(step, Write):
        return Write(node=step.node, offset=step.offset, data=bytes(len(step.data)))
    return step
