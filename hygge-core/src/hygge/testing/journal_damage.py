"""Cut a journal's files at every byte, and flip their bits; then run again.

A journal that is not what was written is named and refused, or made good from the receipts beside the
data. It never leads to rows that come twice, and never to an error that does not say which file it is.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hygge.testing.sweep import Sweep

__all__ = ["damaged_journals"]

PLACES = 997  # places of a file to choose from
FLIPS = 3_000


@dataclass(frozen=True, slots=True)
class Damage:
    """What happens to one of the journal's files; its bytes are others in each trial, so parts are told."""

    file: float  # which of them, from 0 to 1
    place: float  # where in it
    bit: int | None = None  # None: it ends there

    def do(self, files: Sequence[Path]) -> tuple[Path, bytes]:
        """Damage a file; which one, and what was in it."""
        path = files[int(self.file * len(files))]
        data = path.read_bytes()
        at = int(self.place * len(data))
        if self.bit is None:
            path.write_bytes(data[:at])
        elif data:
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << self.bit]) + data[at + 1 :])
        return path, data


def damaged_journals(sweep: Sweep) -> None:
    """The command has ended well; its journal is cut, or a bit of it flips, before the next run."""
    dice = random.Random(sweep.limits.seed)
    cuts = [Damage(dice.random(), place / PLACES) for place in range(PLACES)]
    flips = [Damage(dice.random(), dice.random(), dice.randrange(8)) for _ in range(FLIPS)]
    sweep.each("journal is cut", cuts, str, lambda damage: _attempt(sweep, damage))
    sweep.each("journal has a flipped bit", flips, str, lambda damage: _attempt(sweep, damage))


def _attempt(sweep: Sweep, damage: Damage) -> None:
    sweep.passed(sweep.run())
    path, before = damage.do(list(_files(sweep.folder / ".hygge_journal")))
    code = sweep.exit_code(sweep.run())
    sweep.look()
    if code == 0:
        sweep.landed()
    else:
        said = sweep.said()
        assert code == 1, f"ended with {code}\n{said}"
        assert "HYG502" in said, f"{path} is damaged, which is not told:\n{said}"
        assert path.name in said, f"which file is damaged is not told: {path}\n{said}"
        path.write_bytes(before)
    sweep.heal()


def _files(journal: Path) -> Iterator[Path]:
    """What is read of a journal: its log, its checkpoint and its history."""
    yield from sorted((journal / "log").iterdir())
    yield from (path for path in (journal / "heads.json", journal / "journal.parquet") if path.exists())
