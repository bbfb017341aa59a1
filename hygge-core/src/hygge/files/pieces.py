"""The splits of a home of files: small files together, large ones in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hygge.files.discovery import Found
from hygge.model import Split

__all__ = ["Piece", "pieces_of", "split_bytes", "splits"]

SPLIT_BYTES = 64 << 20
MOST_SPLITS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file, or a part of one: ``part`` is a range of what its format counts in."""

    file: Found
    bytes: int
    part: tuple[int, int] | None = None


def split_bytes(files: Iterable[Found]) -> int:
    """How much of these files belongs into one split."""
    return max(SPLIT_BYTES, sum(one.size for one in files) // MOST_SPLITS)


def splits(pieces: Sequence[Piece], schema: str, most: int | None) -> tuple[Split, ...]:
    """Neighbouring pieces of about ``most`` bytes together; all of them if None. At least one split."""
    groups = list(_grouped(pieces, most)) or [[]]
    return tuple(
        Split(
            id=f"{n:04d}",
            payload={"schema": schema, "files": list(map(_packed, group)), "alone": len(groups) == 1},
        )
        for n, group in enumerate(groups)
    )


def pieces_of(payload: Mapping[str, Any]) -> Iterator[Piece]:
    """What a split's payload says."""
    for path, size, changed, version, pairs, part in payload["files"]:
        partitions = tuple((key, value) for key, value in pairs)
        found = Found(path=path, size=size, modified_ns=changed, version=version, partitions=partitions)
        yield Piece(file=found, bytes=size, part=None if part is None else (part[0], part[1]))


def _grouped(pieces: Sequence[Piece], most: int | None) -> Iterator[list[Piece]]:
    group: list[Piece] = []
    size = 0
    for piece in pieces:
        if most is not None and group and size + piece.bytes > most:
            yield group
            group, size = [], 0
        group.append(piece)
        size += piece.bytes
    if group:
        yield group


def _packed(piece: Piece) -> list[Any]:
    one = piece.file
    pairs = [list(pair) for pair in one.partitions]
    return [one.path, *one.content, pairs, None if piece.part is None else list(piece.part)]
