"""The file-system interface on a local disk (POSIX; Linux is tested)."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hygge.files.durable import make_durable, naming, sync_folder
from hygge.files.exchange import exchange
from hygge.files.filesystem import FileInfo, FileSystem, WriteStream
from hygge.files.locking import flock, prove_exclusive
from hygge.files.writeback import begin_writing

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LocalFileSystem"]

WRITEBACK = 4 << 20  # bytes written before the disk is asked to begin with them
_NO_NAMELESS = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL)  # what systems without O_TMPFILE answer


class _LocalStream:
    def __init__(self, path: Path) -> None:
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115  # closed by close(), it outlives this call
        self._size = 0
        self._begun = 0  # how much of it the disk was asked to begin with

    def write(self, data: bytes, /) -> int:
        view = memoryview(data).cast("B")
        done = 0
        with naming(self._file.name):
            while done < len(view):  # an unbuffered write may take less than it was given
                done += self._file.write(view[done:]) or 0
        self._size += done
        if self._size - self._begun >= WRITEBACK:
            begin_writing(self._file.fileno(), self._begun, self._size - self._begun)
            self._begun = self._size
        return done

    def flush(self) -> None:
        """Arrow flushes what it closes; there is no buffer here."""

    def tell(self) -> int:
        return self._size

    @property
    def closed(self) -> bool:
        return self._file.closed

    def sync(self) -> None:
        with naming(self._file.name):
            os.fsync(self._file.fileno())

    def finish(self) -> None:
        self.close()

    def close(self) -> None:
        with naming(self._file.name):
            self._file.close()


class LocalFileSystem(FileSystem):
    """Files and folders below ``root``, which is made when the first file is."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(os.path.abspath(root))

    def address(self, path: str = "") -> str:
        # Of the folder that exists, links are followed: two ways to one folder are one address.
        return Path(os.path.realpath(self.root / path)).as_uri()

    def path(self, path: str) -> Path:
        """Where ``path`` lies on this machine."""
        return self.root / path

    def create(self, path: str, data: bytes) -> bool:
        final = self.path(path)
        if final.exists():
            return False
        make_durable(final.parent)
        try:
            with naming(final):
                _create_nameless(final, data)
        except FileExistsError:
            return False
        self.sync(os.path.dirname(path))
        return True

    def replace(self, path: str, data: bytes) -> None:
        final = self.path(path)
        make_durable(final.parent)
        temporary = final.with_name(f".{final.name}.tmp")  # one name: a killed process leaves at most one
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            with naming(temporary):
                _write_synced(file, data)
        finally:
            os.close(file)
        os.replace(temporary, final)
        self.sync(os.path.dirname(path))

    def write(self, path: str) -> WriteStream:
        final = self.path(path)
        make_durable(final.parent)
        return _LocalStream(final)

    def read(self, path: str, offset: int = 0, length: int | None = None) -> bytes:
        with open(self.path(path), "rb") as file, naming(file.name):
            file.seek(offset)
            return file.read() if length is None else file.read(length)

    def input(self, path: str) -> pa.NativeFile:
        import pyarrow as pa  # a home needs it, the journal does not

        return pa.OSFile(str(self.path(path)), "rb")

    def list(self, folder: str) -> Sequence[FileInfo]:
        try:
            with os.scandir(self.path(folder)) as found:
                entries = [_info(e) for e in found if not _is_unfinished(e.name)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted((e for e in entries if e), key=lambda e: e.name)

    def info(self, path: str) -> FileInfo | None:
        place = self.path(path)
        try:
            status = place.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        folder = place.is_dir()
        return _told(place.name, status, folder)

    def obstacle(self, folder: str) -> str | None:
        place = self.path(folder)
        while not os.path.lexists(place):
            place = place.parent
        return None if place.is_dir() else place.as_uri()

    def make_folder(self, folder: str) -> bool:
        return make_durable(self.path(folder))

    def rename(self, source: str, destination: str, *, replace: bool = True, version: str = "") -> None:
        if replace:
            try:
                os.rename(self.path(source), self.path(destination))
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:
                    raise
                raise FileExistsError(errno.EEXIST, error.strerror, str(self.path(destination))) from error
        else:  # a link refuses to replace; killed in between, both names lead to the same file
            os.link(self.path(source), self.path(destination))
            self.path(source).unlink(missing_ok=True)

    def swap(self, one: str, other: str) -> bool:
        return exchange(self.path(one), self.path(other))

    def delete(self, path: str) -> None:
        place = self.path(path)
        try:
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place, onerror=_unless_gone)
            else:
                place.unlink()
        except FileNotFoundError:
            return

    def sync(self, folder: str) -> None:
        sync_folder(self.path(folder))

    def probe(self) -> None:
        place = self.root
        while not place.exists():
            place = place.parent
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"hygge")

    @contextlib.contextmanager
    def lock(self, path: str, holder: Mapping[str, str]) -> Iterator[None]:
        place = self.path(path)
        make_durable(place.parent)
        handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            flock(handle, place)
            prove_exclusive(place)
            with naming(place):
                os.ftruncate(handle, 0)
                os.pwrite(handle, json.dumps(dict(holder)).encode(), 0)
            yield
        finally:
            os.close(handle)  # the lock ends with the open file, also when the process is killed


def _create_nameless(final: Path, data: bytes) -> None:
    """Link a whole file to a name that is free; a killed process leaves no other name behind.

    Unlike a rename, a link refuses to replace. Raises `FileExistsError`.
    """
    folder = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            file = os.open(final.parent, os.O_TMPFILE | os.O_WRONLY, 0o644)
        except (OSError, AttributeError) as error:
            if isinstance(error, OSError) and error.errno not in _NO_NAMELESS:
                raise
            _create_named(final, data)
            return
        try:
            _write_synced(file, data)
            # Naming a folder handle makes Python call linkat, which follows the link to the file.
            os.link(f"/proc/self/fd/{file}", final, src_dir_fd=folder, follow_symlinks=True)
        finally:
            os.close(file)
    finally:
        os.close(folder)


def _create_named(final: Path, data: bytes) -> None:
    temporary = final.with_name(f".{final.name}.{uuid.uuid4().hex}.tmp")
    try:
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            _write_synced(file, data)
        finally:
            os.close(file)
        os.link(temporary, final)
    finally:
        temporary.unlink(missing_ok=True)


def _write_synced(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
    os.fsync(file)


def _is_unfinished(name: str) -> bool:
    """Whether it is one of the names under which files are made."""
    return name.startswith(".") and name.endswith(".tmp")


def _info(entry: os.DirEntry[str]) -> FileInfo | None:
    try:
        folder = entry.is_dir()
        return _told(entry.name, entry.stat(), folder)
    except FileNotFoundError:
        if entry.is_symlink():  # it leads nowhere: whoever reads it has to be told
            return FileInfo(name=entry.name, size=0, folder=False)
        return None  # gone between listing and looking


def _told(name: str, status: os.stat_result, folder: bool) -> FileInfo:
    size = 0 if folder else status.st_size
    return FileInfo(name=name, size=size, folder=folder, modified_ns=status.st_mtime_ns)


def _unless_gone(_function: object, path: str, error: tuple[type, BaseException, object]) -> None:
    found = error[1]
    if isinstance(found, FileNotFoundError):
        return
    if isinstance(found, OSError):
        found.filename = path  # it was deleted relative to a handle of its folder, and has its last name only
    raise found
