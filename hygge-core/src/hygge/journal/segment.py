"""The segment of one run: one writer, groups of entries, each durable before it counts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hygge.codec import DecodeError, decode, encode
from hygge.errors import HyggeError
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem, WriteStream
from hygge.journal.lines import FORMAT, damaged, line, lines, parsed
from hygge.model import Entry

__all__ = ["LOG", "Content", "SegmentWriter", "read_segment"]

LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a segment holds from some offset on."""

    entries: tuple[Entry, ...]
    end: int  # offset behind the last whole line
    number: int  # of the next line
    ordinal: int  # place among the journal's segments
    flows: tuple[str, ...]  # whose leases its writer held
    closed: bool  # its writer has ended it


def read_segment(files: FileSystem, name: str, offset: int = 0, number: int = 0, ordinal: int = 0) -> Content:
    """The entries of a segment behind ``offset``, where line ``number`` begins."""
    path = f"{LOG}/{name}"
    place = files.address(path)
    data = files.read(path, offset)
    entries: list[Entry] = []
    flows: tuple[str, ...] = ()
    closed, end = False, offset
    for behind, document in lines(data, place, number):
        if number == 0:
            ordinal, flows = _header(document, place)
        elif document == b'{"closed":true}':
            closed = True
        else:
            entries.append(_entry(document, place))
        end = offset + behind
        number += 1
    return Content(
        entries=tuple(entries), end=end, number=number, ordinal=ordinal, flows=flows, closed=closed
    )


def _header(document: bytes, place: str) -> tuple[int, tuple[str, ...]]:
    header = parsed(document, place)
    if not isinstance(header, dict) or "hygge_journal" not in header:
        raise damaged(place, "its first line is no header of a segment")
    if header["hygge_journal"] != FORMAT:
        raise damaged(place, f"it has format {header['hygge_journal']}, this version reads {FORMAT}")
    return int(header["ordinal"]), tuple(header["flows"])


def _entry(document: bytes, place: str) -> Entry:
    try:
        return decode(document, Entry)
    except DecodeError as error:
        raise damaged(place, f"a line is no entry: {error}") from error


class _Group:
    def __init__(self, entries: Sequence[Entry]) -> None:
        self.documents = [encode(entry) for entry in entries]
        self.done = False
        self.error: HyggeError | None = None


class SegmentWriter:
    """Appends groups; threads that come at the same time share one write and one sync.

    ``header`` is asked when the file is made, which is at the first append.
    """

    def __init__(self, files: FileSystem, name: str, header: Callable[[], Mapping[str, object]]) -> None:
        self._files = files
        self._path = f"{LOG}/{name}"
        self._header = header
        self._stream: WriteStream | None = None
        self._number = 0
        self._waiting: list[_Group] = []
        self._leading = False
        self._broken: HyggeError | None = None
        self._changed = threading.Condition()

    @property
    def size(self) -> int:
        """Bytes written."""
        return self._stream.tell() if self._stream else 0

    def append(self, entries: Sequence[Entry]) -> None:
        """Return when the entries are durable; raises HYG503 if that cannot be said."""
        group = _Group(entries)
        with self._changed:
            self._waiting.append(group)
            while not group.done and self._leading:
                self._changed.wait()
            if not group.done:
                self._leading = True
        if not group.done:
            self._lead()
        if group.error is not None:
            raise group.error

    def _lead(self) -> None:
        with self._changed:
            groups, self._waiting = self._waiting, []
        error = self._write([document for group in groups for document in group.documents])
        with self._changed:
            for group in groups:
                group.done, group.error = True, error
            self._leading = False
            self._changed.notify_all()

    def _write(self, documents: Sequence[bytes]) -> HyggeError | None:
        """A write or sync that failed is never tried again: what is on the disk is unknown then."""
        if self._broken is None:
            try:
                self._write_synced(documents)
            except OSError as error:
                self._broken = HyggeError(
                    f"the journal cannot be written: {self._files.address(self._path)}: "
                    f"{error.strerror or error}",
                    code="HYG503",
                    remedy="Mend that disk and run again: what landed is known from its receipts.",
                )
        return self._broken

    def _write_synced(self, documents: Sequence[bytes]) -> None:
        failpoint("journal.append")
        fresh = self._stream is None
        if self._stream is None:
            self._stream = self._files.write(self._path)
            failpoint("journal.created")
            documents = [json.dumps(self._header()).encode(), *documents]
        data = b"".join(line(self._number + n, document) for n, document in enumerate(documents))
        self._stream.write(data)
        failpoint("journal.written")
        self._stream.sync()
        if fresh:
            self._files.sync(LOG)
        self._number += len(documents)
        failpoint("journal.synced")

    def close(self) -> None:
        """End the segment, so that a later fold may gather it in; repeatable."""
        if self._stream is None:
            return
        if self._broken is None:
            self._stream.write(line(self._number, b'{"closed":true}'))
            self._number += 1
        self._stream.close()
        self._broken = HyggeError("the journal is closed", code="HYG503")
        self._stream = None
