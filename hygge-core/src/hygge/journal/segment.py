"""What a segment, the log of one run, holds."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hygge.codec import DecodeError, decode
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.journal.lines import FORMAT, damaged, lines, newer
from hygge.model import Entry

__all__ = ["CLOSED", "LOG", "SUFFIX", "Content", "Covered", "Header", "read_segment", "segments"]

LOG = "log"
SUFFIX = ".jsonl"
CLOSED = b'{"closed":true}'  # the last line of a segment whose writer ended as it should
log = logging.getLogger("hygge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a segment."""

    hygge_journal: int  # the format
    ordinal: int  # greater than that of every segment whose flows this run could lease
    run_id: str
    flows: tuple[str, ...]  # whose leases the writer held: the leases prove it dead
    holder: Mapping[str, str] = field(default_factory=dict)
    started_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How far a segment is known."""

    end: int  # offset behind the last whole line
    number: int  # of the next line
    ordinal: int = 0
    flows: tuple[str, ...] = ()
    closed: bool = False
    size: int = 0  # of the file when it was read: more than ``end`` if its tail is torn

    @property
    def torn(self) -> bool:
        """Whether something unfinished follows the last whole line."""
        return self.size > self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a segment holds behind a point that was known before."""

    entries: tuple[tuple[int, Entry], ...]  # each with the offset behind it
    covered: Covered


def segments(files: FileSystem) -> Sequence[FileInfo]:
    """The segments in the log; a file that is no segment is refused."""
    found = files.list(LOG)
    for entry in found:
        if entry.folder or not entry.name.endswith(SUFFIX):
            raise damaged(
                files.address(f"{LOG}/{entry.name}"),
                "it is not named like a segment",
                "Move it out of the journal's folder.",
            )
    return found


def read_segment(files: FileSystem, name: str, known: Covered | None = None) -> Content:
    """What a segment holds behind what is known of it; raises `FileNotFoundError`, `JournalDamaged`."""
    path = f"{LOG}/{name}"
    place = files.address(path)
    start = known or Covered(end=0, number=0)
    data = files.read(path, start.end)
    if not data and start.end:
        info = files.info(path)
        if info is not None and info.size < start.end:
            raise damaged(place, f"it had {start.end} bytes and has {info.size}")
    entries: list[tuple[int, Entry]] = []
    ordinal, flows, closed = start.ordinal, start.flows, start.closed
    number, end = start.number, start.end
    for end, document in lines(data, place, start.number, start.end):
        if number == 0:
            header = _header(document, name, place)
            ordinal, flows = header.ordinal, header.flows
        elif document == CLOSED:
            closed = True
        else:
            entries.append((end, _entry(document, number, place)))
        number += 1
    size = start.end + len(data)
    if size > end and not start.torn:
        log.warning("%s: what follows byte %d was not finished, as after a crash; it is not read", place, end)
    return Content(
        entries=tuple(entries),
        covered=Covered(end=end, number=number, ordinal=ordinal, flows=flows, closed=closed, size=size),
    )


def _header(document: bytes, name: str, place: str) -> Header:
    try:
        found = decode(document, dict)
        if found.get("hygge_journal", FORMAT) != FORMAT:
            raise newer(place, found["hygge_journal"])
        header = decode(document, Header)
    except DecodeError as error:
        raise damaged(place, f"its first line is no header of a segment: {error}") from error
    if not name.startswith(f"{header.run_id}."):
        raise damaged(place, f"it is the log of run {header.run_id}, under another name")
    return header


def _entry(document: bytes, number: int, place: str) -> Entry:
    try:
        return decode(document, Entry)
    except DecodeError as error:
        raise damaged(place, f"line {number + 1} is no entry: {error}") from error
