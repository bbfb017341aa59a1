"""Where each entity stands: what an entry changes, and a checkpoint so that history costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hygge.codec import DecodeError, decode, encode
from hygge.files.filesystem import FileSystem
from hygge.journal.lines import FORMAT, damaged, line, lines
from hygge.journal.segment import LOG, Content, read_segment
from hygge.model import Entry, Head

__all__ = ["Checkpoint", "Covered", "advance", "read_checkpoint", "read_log", "write_checkpoint"]

CHECKPOINT = "heads.json"

Heads = dict[str, dict[str, Head]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How far a checkpoint knows a segment."""

    end: int
    number: int
    ordinal: int
    flows: tuple[str, ...]
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Heads of all flows as of some offsets in the segments."""

    format: int = FORMAT
    ordinal: int = 0  # the greatest seen
    covered: Mapping[str, Covered] = field(default_factory=dict)
    heads: Heads = field(default_factory=dict)


def advance(head: Head, entry: Entry) -> Head:
    """The head after an entry. A sealed attempt that failed stays open: it can only go forward."""
    if entry.kind == "planned":
        return replace(head, job=entry.job, plan=None)
    if entry.kind == "sealed":
        return replace(head, plan=entry.plan)
    if entry.kind in ("committed", "adopted"):
        return Head(receipt=entry.receipt)
    if entry.kind == "discarded":
        return replace(head, job=None, plan=None)
    if entry.kind == "reset":
        return Head(receipt=head.receipt, reset=True)
    return head if head.plan is not None else replace(head, job=None)


def read_checkpoint(files: FileSystem) -> Checkpoint:
    """The last checkpoint, or an empty one if none was written yet."""
    place = files.address(CHECKPOINT)
    try:
        data = files.read(CHECKPOINT)
    except FileNotFoundError:
        return Checkpoint()
    documents = [document for _, document in lines(data, place)]
    if len(documents) != 1 or not data.endswith(b"\n"):
        raise damaged(place, "it does not hold one whole line")
    try:
        found = decode(documents[0], Checkpoint)
    except DecodeError as error:
        raise damaged(place, f"it is no checkpoint: {error}") from error
    if found.format != FORMAT:
        raise damaged(place, f"it has format {found.format}, this version reads {FORMAT}")
    return found


def write_checkpoint(files: FileSystem, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint in one step."""
    files.replace(CHECKPOINT, line(0, encode(checkpoint)))


def read_log(files: FileSystem, start: Checkpoint) -> Checkpoint:
    """The checkpoint brought up to date with the ends of the segments that it does not cover.

    Runs of one flow never overlap, so its entries are in the order of their segments' ordinals; these
    are counted, not taken from a clock.
    """
    contents: dict[str, Content] = {}
    for name in segment_names(files):
        known = start.covered.get(name)
        if known is None:
            contents[name] = read_segment(files, name)
        else:
            found = read_segment(files, name, known.end, known.number, known.ordinal)
            contents[name] = replace(found, flows=known.flows, closed=known.closed or found.closed)
    heads: Heads = {flow: dict(entities) for flow, entities in start.heads.items()}
    for _, content in sorted(contents.items(), key=lambda pair: (pair[1].ordinal, pair[0])):
        _apply(heads, content.entries)
    return Checkpoint(
        ordinal=max([start.ordinal, *(c.ordinal for c in contents.values())]),
        covered={
            name: Covered(end=c.end, number=c.number, ordinal=c.ordinal, flows=c.flows, closed=c.closed)
            for name, c in contents.items()
        },
        heads=heads,
    )


def segment_names(files: FileSystem) -> list[str]:
    """Names of the segments in the log; a file that is no segment is refused."""
    names = [entry.name for entry in files.list(LOG)]
    for name in names:
        if not name.endswith(".jsonl"):
            raise damaged(files.address(f"{LOG}/{name}"), "it is not named like a segment")
    return names


def _apply(heads: Heads, entries: Iterable[Entry]) -> None:
    for entry in entries:
        flow = heads.setdefault(entry.flow, {})
        flow[entry.entity] = advance(flow.get(entry.entity, Head()), entry)
