"""Appending to a segment: groups of entries, each durable before it counts."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from hygge.codec import encode
from hygge.errors import HyggeError
from hygge.failpoints import failpoint
from hygge.files.filesystem import FileSystem, WriteStream
from hygge.journal.lines import line
from hygge.journal.segment import CLOSED, LOG, Header
from hygge.model import Entry

__all__ = ["SegmentWriter"]

RECENT = 8  # appends by which it is told whether several threads are at it
log = logging.getLogger("hygge")


class _Group:
    def __init__(self, entries: Sequence[Entry]) -> None:
        self.documents = [encode(entry) for entry in entries]
        self.done = False
        self.error: HyggeError | None = None


class SegmentWriter:
    """Appends groups; threads that come at the same time share one write and one sync.

    One of them leads and writes for all that wait; where a sync is a request, it waits for a second one
    if several threads are at it. ``header`` is asked when the file is made, which is at the first append.
    """

    def __init__(self, files: FileSystem, name: str, header: Callable[[], Header]) -> None:
        self.name = name
        self._files = files
        self._path = f"{LOG}/{name}"
        self._header = header
        self._stream: WriteStream | None = None
        self._number = 0
        self._waiting: list[_Group] = []
        self._leading = False
        self._recent: deque[int] = deque(maxlen=RECENT)  # the threads that came last
        self._broken: HyggeError | None = None  # nothing is written any more, and why
        self._changed = threading.Condition()

    @property
    def begun(self) -> bool:
        """Whether the segment is there and open."""
        return self._stream is not None

    def append(self, entries: Sequence[Entry]) -> None:
        """Return when the entries are durable; raises HYG503 if that cannot be said."""
        if not entries:
            return
        group = _Group(entries)
        with self._changed:
            self._waiting.append(group)
            self._recent.append(threading.get_ident())
            self._changed.notify_all()  # the leader may be waiting for company
            self._changed.wait_for(lambda: group.done or not self._leading)
            self._leading = self._leading or not group.done
            leads = not group.done
        if leads:
            self._lead()
        if group.error is not None:
            raise group.error

    def close(self) -> None:
        """End the segment, so that a later fold may gather it in; repeatable."""
        with self._changed:
            self._changed.wait_for(lambda: not self._leading)
            self._leading = True
        with self._led([]):
            self._end()

    def _lead(self) -> None:
        groups: list[_Group] = []
        with self._led(groups):
            self._gather(groups)
            self._write([document for group in groups for document in group.documents])

    def _gather(self, groups: list[_Group]) -> None:
        with self._changed:
            busy, delay = len(set(self._recent)), self._files.commit_delay
            if not self._changed.wait_for(lambda: len(self._waiting) >= busy, delay):
                # There are fewer by now.
                self._recent = deque(list(self._recent)[-len(self._waiting) :], RECENT)
            groups += self._waiting
            self._waiting = []

    @contextlib.contextmanager
    def _led(self, groups: Sequence[_Group]) -> Iterator[None]:
        """Whatever happens to the leader, nobody waits for ever or takes an unknown end for a good one."""
        try:
            yield
        except BaseException as error:
            self._broken = self._broken or self._unwritable(error)
            raise
        finally:
            with self._changed:
                for group in groups:
                    group.done, group.error = True, self._broken
                self._leading = False
                self._changed.notify_all()

    def _write(self, documents: Sequence[bytes]) -> None:
        """A write or sync that failed is never tried again: what is on the disk is unknown then."""
        if self._broken is None:
            try:
                self._write_synced(documents)
            except HyggeError as error:
                self._broken = error
            except OSError as error:
                self._broken = self._unwritable(error)

    def _write_synced(self, documents: Sequence[bytes]) -> None:
        failpoint("journal.append")
        fresh = self._stream is None
        if self._stream is None:
            documents = [encode(self._header()), *documents]
            self._stream = self._files.log(self._path)
            failpoint("journal.created")
        self._stream.write(b"".join(line(self._number + n, one) for n, one in enumerate(documents)))
        failpoint("journal.written")
        self._stream.sync()
        if fresh:
            self._files.sync(LOG)
        self._number += len(documents)
        failpoint("journal.synced")

    def _end(self) -> None:
        """The closing line need not be durable: without it the segment looks like that of a run that died."""
        stream, self._stream = self._stream, None
        broken, self._broken = self._broken, HyggeError("the journal is closed", code="HYG503")
        if stream is None:
            return
        try:
            if broken is None:
                failpoint("journal.close")
                stream.write(line(self._number, CLOSED))
                stream.finish()
        except (OSError, HyggeError) as error:  # all that counts is durable
            log.warning("%s: could not be closed: %s", self._files.address(self._path), error)
        finally:
            stream.close()

    def _unwritable(self, error: BaseException) -> HyggeError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return HyggeError(
            f"the journal cannot be written: {self._files.address(self._path)}: {reason}",
            code="HYG503",
            remedy="Mend that disk and run again: what landed is known from its receipts.",
        )
