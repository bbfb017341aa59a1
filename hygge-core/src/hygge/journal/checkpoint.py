"""`heads.json`: where each entity stood at some point, so that history costs nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hygge.codec import DecodeError, decode, encode
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.journal.heads import Heads, advance_all
from hygge.journal.lines import FORMAT, damaged, line, lines, newer, whole_end
from hygge.journal.segment import LOG, Content, Covered, read_segment
from hygge.journal.snapshot import SNAPSHOT

__all__ = ["CHECKPOINT", "Checkpoint", "read_checkpoint", "read_log", "write_checkpoint"]

CHECKPOINT = "heads.json"
log = logging.getLogger("hygge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Heads of all flows as of some offsets in the segments."""

    format: int = FORMAT
    ordinal: int = 0  # the greatest seen
    covered: Mapping[str, Covered] = field(default_factory=dict)
    heads: Heads = field(default_factory=dict)


def read_checkpoint(files: FileSystem) -> Checkpoint:
    """The last checkpoint, or an empty one if none was written yet."""
    place = files.address(CHECKPOINT)
    data = _read(files)
    if data is None and files.info(SNAPSHOT) is not None:
        data = _read(files)  # it is written before a snapshot, so a fold may just have made both
        if data is None:
            raise damaged(place, f"it is missing, although there is {SNAPSHOT}")
    if data is None:
        return Checkpoint()
    documents = [document for _, document in lines(data, place)]
    if len(documents) != 1 or whole_end(data) != len(data):
        raise damaged(place, "it does not hold one whole line")
    try:
        found = decode(documents[0], dict).get("format")
        if found != FORMAT:
            raise newer(place, found)
        return decode(documents[0], Checkpoint)
    except DecodeError as error:
        raise damaged(place, f"it is no checkpoint: {error}") from error


def _read(files: FileSystem) -> bytes | None:
    try:
        return files.read(CHECKPOINT)
    except FileNotFoundError:
        return None


def write_checkpoint(files: FileSystem, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint in one step."""
    failpoint("journal.checkpoint")
    files.replace(CHECKPOINT, line(0, encode(checkpoint)))
    failpoint("journal.checkpointed")


def read_log(files: FileSystem, listed: Sequence[FileInfo], start: Checkpoint) -> Checkpoint:
    """The checkpoint brought up to date with what the segments hold behind it.

    Runs of one flow never overlap, so its entries are in the order of their segments' ordinals; these
    are counted under the lease, not taken from a clock. ``listed`` must be older than ``start``: a
    segment that is neither in one nor in the other would be missed. Raises `FileNotFoundError` if a
    segment is removed meanwhile.
    """
    news: list[Content] = []
    covered: dict[str, Covered] = {}
    for segment in listed:
        known = start.covered.get(segment.name)
        if known is not None and segment.size == known.size:
            covered[segment.name] = known
            continue
        if known is not None and segment.size < known.end:
            place = files.address(f"{LOG}/{segment.name}")
            log.warning("%s: it has lost its end; where entities stand is known from %s", place, CHECKPOINT)
            covered[segment.name] = replace(known, size=segment.size)
            continue
        content = read_segment(files, segment.name, known)
        if content.covered.size == 0:
            log.warning(
                "%s: it is empty: its run ended before the first entry, or the entries are lost; "
                "what landed is known from the receipts beside the data",
                files.address(f"{LOG}/{segment.name}"),
            )
        covered[segment.name] = content.covered
        news.append(content)
    heads: Heads = {flow: dict(entities) for flow, entities in start.heads.items()}
    for content in sorted(news, key=lambda content: content.covered.ordinal):
        advance_all(heads, (entry for _, entry in content.entries))
    return Checkpoint(
        ordinal=max([start.ordinal, *(known.ordinal for known in covered.values())]),
        covered=covered,
        heads=heads,
    )
