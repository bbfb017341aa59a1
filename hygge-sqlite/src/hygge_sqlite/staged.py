"""What is remembered of a staged file, in tokens and plans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

__all__ = ["StagedFile", "staged_files"]


class StagedFile(NamedTuple):
    """One file of staged rows, below the staging folder."""

    name: str
    rows: int
    size: int  # bytes
    ascending: bool = False  # by the one key of an upsert, which no two of its rows share


def staged_files(listed: Iterable[Sequence[Any]]) -> list[StagedFile]:
    """The files of a token, where each is a list."""
    return [StagedFile(*one) for one in listed]
