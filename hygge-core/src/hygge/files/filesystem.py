"""The small file-system interface under staging, publishing, receipts and the journal.

Paths are relative to the file system's root, with ``/``. A new place for files (ADLS, OneLake)
implements this class and gets all the rest. Errors are `OSError` of the usual kinds;
`hygge.files.trouble.telling` turns them into hygge's at the role's edge.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileInfo", "FileSystem", "WriteStream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """One entry of a folder."""

    name: str  # without its folder
    size: int  # bytes; 0 for a folder
    folder: bool
    modified_ns: int = 0  # when its content last changed, as exactly as the system tells
    version: str = ""  # another one for each content, where the system has such a thing: an ETag


class WriteStream(Protocol):
    """A new file being written by one writer, from its start to its end."""

    def write(self, data: bytes, /) -> int:
        """Append ``data``; the number of bytes taken, always all."""

    def sync(self) -> None:
        """Return only when all that was written would survive a power cut."""

    def tell(self) -> int:
        """Bytes written so far."""

    def finish(self) -> None:
        """Let others see all that was written, without a promise about durability, and close."""

    def close(self) -> None:
        """Let go of the file; what was not synced may be there or not. Repeatable."""


class FileSystem(ABC):
    """Files and folders below one root."""

    remote: ClassVar[bool] = False
    """Whether each step is a request, so that a commit takes as few as it can."""

    commit_delay: ClassVar[float] = 0.0
    """Seconds that who is about to sync a log may wait for others' entries: where a sync is a request."""

    def in_doubt(self, folder: str) -> bool:
        """Whether a request of this process about something below a folder may yet be carried out."""
        return False

    @abstractmethod
    def address(self, path: str = "") -> str:
        """Canonical address of ``path``, the same on every host that sees it; no secrets."""

    @abstractmethod
    def create(self, path: str, data: bytes) -> bool:
        """Make a whole file, durable, if none is there; False (and nothing done) if one is.

        Nobody ever sees it half written. Parent folders are made.
        """

    @abstractmethod
    def replace(self, path: str, data: bytes) -> None:
        """Make or replace a whole file, durable, in one step. Parent folders are made."""

    @abstractmethod
    def write(self, path: str) -> WriteStream:
        """Open a new file, to be synced once, when it is whole. Parent folders are made.

        Raises `FileExistsError` at the latest from that `sync`.
        """

    def log(self, path: str) -> WriteStream:
        """Open a new file that grows: each `sync` makes visible what is there, and more may follow.

        Raises `FileExistsError`. Parent folders are made.
        """
        return self.write(path)

    @abstractmethod
    def read(self, path: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of a file, from ``offset``; raises `FileNotFoundError`."""

    def input(self, path: str) -> pa.NativeFile:
        """A file opened for reading at any place, by as many threads as like; `FileNotFoundError`."""
        info = self.info(path)
        if info is None:
            raise FileNotFoundError(path)
        import pyarrow as pa

        from hygge.files.ranges import Ranges

        ranges = Ranges(lambda offset, length: self.read(path, offset, length), info.size)
        return pa.PythonFile(ranges, mode="r")

    @abstractmethod
    def list(self, folder: str) -> Sequence[FileInfo]:
        """The entries of a folder, sorted by name; empty if it is not there."""

    def below(self, folder: str) -> Mapping[str, Sequence[FileInfo]]:
        """The entries of a folder and of all below it, by folder."""
        found: dict[str, Sequence[FileInfo]] = {}
        waiting = [folder]
        while waiting:
            place = waiting.pop()
            found[place] = self.list(place)
            waiting += [f"{place}/{one.name}".lstrip("/") for one in found[place] if one.folder]
        return found

    def tree(self, limit: int) -> Mapping[str, Sequence[FileInfo]] | None:
        """All there is, by folder, where that takes fewer requests than `list` for each of many folders.

        None where it does not, or where there are more than ``limit`` entries.
        """
        return None

    @abstractmethod
    def info(self, path: str) -> FileInfo | None:
        """The entry of ``path``, or None."""

    def obstacle(self, folder: str) -> str | None:
        """Address of what stands where ``folder``, or one above it, has to be, and is no folder.

        None where there is none, or where only making the folder would tell.
        """
        return None

    @abstractmethod
    def make_folder(self, folder: str) -> bool:
        """Make a folder and its parents; it may be there already.

        True if it certainly was not: this call has made it, and it is empty.
        """

    @abstractmethod
    def rename(self, source: str, destination: str, *, replace: bool = True, version: str = "") -> None:
        """Move a file or folder in one step, replacing a file; durable after `sync`.

        Raises `FileNotFoundError` if ``source`` is not there (any more), and `FileExistsError`, with nothing
        done, if ``destination`` is a folder that is not empty, or without ``replace`` (files only) is there.
        With ``version``, of an earlier `info` or `list`, only what was seen then is moved, however late the
        request is carried out: else `OSError` ESTALE. Where there are no versions, no request comes late.
        """

    @abstractmethod
    def swap(self, one: str, other: str) -> bool:
        """Exchange two folders in one step; doing it twice undoes it. Durable after `sync`.

        False, and nothing done, where the system can't. Raises `FileNotFoundError`.
        """

    @abstractmethod
    def delete(self, path: str) -> None:
        """Remove a file or a folder with all it holds; it may be gone already."""

    @abstractmethod
    def sync(self, folder: str) -> None:
        """Return only when renames and deletions in the folder would survive a power cut."""

    @abstractmethod
    def lock(self, path: str, holder: Mapping[str, str]) -> AbstractContextManager[None]:
        """Hold an exclusive lock that ends with the process; raises `LeaseHeld` naming its holder.

        Raises `HyggeError` HYG504 where the system has no working locks.
        """

    @abstractmethod
    def probe(self) -> None:
        """Write something at the root, or where the root would be made, and leave nothing of it."""
