"""What a case is, and the processes it is made of: `hygge` in a project, and its peers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measure import Command
from places import HERE, HYGGE, PEERS

__all__ = ["Case", "hygge", "peer"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """``target`` is what the median of hygge may take: seconds, or ``x`` times the first peer."""

    title: str
    commands: Callable[[], list[Command]]
    runs: int
    target: str = ""


def hygge(root: Path, *arguments: str, name: str = "hygge", before: Callable[[], None] | None = None,
          open_files: int | None = None) -> Command:  # fmt: skip
    """A `hygge` command in a project; unless told otherwise it begins without destination and journal."""

    def clean() -> None:
        for folder in ("out", ".hygge_journal"):
            shutil.rmtree(root / folder, ignore_errors=True)

    argv = [str(HYGGE / "bin" / "hygge"), *arguments]
    return Command(name=name, argv=argv, cwd=root, before=before or clean, open_files=open_files)


def peer(name: str, source: Path, root: Path, *, script: str = "peers.py",
         before: Callable[[], None] | None = None) -> Command:  # fmt: skip
    """A function of a script of peers; unless told otherwise it begins without what it wrote before."""
    argv = [str(PEERS / "bin" / "python"), str(HERE / script), name, str(source)]

    def clean() -> None:
        for file in root.glob("out.*"):
            file.unlink()
        shutil.rmtree(root / "dlt", ignore_errors=True)

    return Command(name=name, argv=argv, cwd=root, before=before or clean)
