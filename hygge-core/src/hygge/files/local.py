"""The file-system interface on a local disk (POSIX; Linux is tested)."""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from hygge.errors import HyggeError, LeaseHeld
from hygge.files.filesystem import FileInfo, FileSystem, WriteStream

__all__ = ["LocalFileSystem"]


class _LocalStream:
    def __init__(self, path: Path) -> None:
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115  # closed by close(), it outlives this call
        self._size = 0

    def write(self, data: bytes, /) -> int:
        view = memoryview(data).cast("B")
        done = 0
        while done < len(view):  # an unbuffered write may take less than it was given
            done += self._file.write(view[done:]) or 0
        self._size += done
        return done

    def flush(self) -> None:
        """Arrow flushes what it closes; there is no buffer here."""

    def tell(self) -> int:
        return self._size

    @property
    def closed(self) -> bool:
        return self._file.closed

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
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
        _make_durable(final.parent)
        with _nameless(final.parent) as (file, folder):
            _write_synced(file, data)
            try:
                # Unlike rename, a link refuses to replace; and a killed process leaves no name behind.
                # Naming a folder handle makes Python call linkat, which follows the link to the file.
                os.link(f"/proc/self/fd/{file}", final, src_dir_fd=folder, follow_symlinks=True)
            except FileExistsError:
                return False
        self.sync(os.path.dirname(path))
        return True

    def replace(self, path: str, data: bytes) -> None:
        final = self.path(path)
        _make_durable(final.parent)
        temporary = final.with_name(f".{final.name}.tmp")  # one name: a killed process leaves at most one
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _write_synced(file, data)
        finally:
            os.close(file)
        os.replace(temporary, final)
        self.sync(os.path.dirname(path))

    def write(self, path: str) -> WriteStream:
        final = self.path(path)
        _make_durable(final.parent)
        return _LocalStream(final)

    def read(self, path: str, offset: int = 0, length: int | None = None) -> bytes:
        with open(self.path(path), "rb") as file:
            file.seek(offset)
            return file.read() if length is None else file.read(length)

    def list(self, folder: str) -> Sequence[FileInfo]:
        try:
            with os.scandir(self.path(folder)) as found:
                entries = [_info(e) for e in found if not e.name.endswith(".tmp")]
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
        return FileInfo(name=place.name, size=0 if folder else status.st_size, folder=folder)

    def make_folder(self, folder: str) -> None:
        _make_durable(self.path(folder))

    def rename(self, source: str, destination: str) -> None:
        os.rename(self.path(source), self.path(destination))

    def swap(self, one: str, other: str) -> None:
        exchange = _exchange()
        if exchange is not None and exchange(self.path(one), self.path(other)):
            return
        aside = self.path(other).with_name(f".{uuid.uuid4().hex}.tmp")
        os.rename(self.path(other), aside)
        os.rename(self.path(one), self.path(other))
        os.rename(aside, self.path(one))

    @property
    def atomic_swap(self) -> bool:
        return _exchange() is not None

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
        _sync_folder(self.path(folder))

    @contextlib.contextmanager
    def lock(self, path: str, holder: Mapping[str, str]) -> Iterator[None]:
        place = self.path(path)
        _make_durable(place.parent)
        handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _flock(handle, place)
            _prove_exclusive(place)
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(dict(holder)).encode(), 0)
            yield
        finally:
            os.close(handle)  # the lock ends with the open file, also when the process is killed


def _make_durable(folder: Path) -> None:
    """Make a folder and its parents; each new one's name is synced in the folder that holds it."""
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise
    except FileNotFoundError:
        _make_durable(folder.parent)
        _make_durable(folder)
    else:
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _nameless(folder: Path) -> Iterator[tuple[int, int]]:
    """Handles of a new file without a name in ``folder``, and of the folder."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        file = os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o644)
        try:
            yield file, place
        finally:
            os.close(file)
    finally:
        os.close(place)


def _write_synced(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
    os.fsync(file)


def _info(entry: os.DirEntry[str]) -> FileInfo | None:
    try:
        folder = entry.is_dir()
        return FileInfo(name=entry.name, size=0 if folder else entry.stat().st_size, folder=folder)
    except FileNotFoundError:  # gone between listing and looking
        return None


def _unless_gone(_function: object, _path: str, error: tuple[type, BaseException, object]) -> None:
    if not isinstance(error[1], FileNotFoundError):
        raise error[1]


@functools.cache
def _exchange() -> Callable[[Path, Path], bool] | None:
    """``renameat2(RENAME_EXCHANGE)``: True when done, False where the disk's system lacks it."""
    import ctypes

    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # no glibc 2.28 or newer, or no Linux
        return None
    at_cwd, flag_exchange = -100, 2

    def exchange(one: Path, other: Path) -> bool:
        if renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), flag_exchange) == 0:
            return True
        code = ctypes.get_errno()
        if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
            return False
        raise OSError(code, os.strerror(code), str(one), None, str(other))

    return exchange


def _flock(handle: int, place: Path) -> None:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _held(place) from None
    except OSError as error:
        raise _no_locks(place) from error


def _prove_exclusive(place: Path) -> None:
    """A second handle must be refused, or the file system only pretends to lock."""
    import fcntl

    second = os.open(place, os.O_RDWR)
    try:
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    finally:
        os.close(second)
    raise _no_locks(place)


def _no_locks(place: Path) -> HyggeError:
    return HyggeError(
        f"{place.parent} lies on a file system without working locks",
        code="HYG504",
        remedy="Set journal.location to a folder on a local disk.",
    )


def _held(place: Path) -> LeaseHeld:
    try:
        holder = json.loads(place.read_bytes() or b"{}")
    except (OSError, ValueError):
        holder = {}
    who = ", ".join(f"{k} {v}" for k, v in holder.items()) or "an unknown process"
    return LeaseHeld(
        f"another run holds {place.stem!r}: {who}",
        remedy="Wait for it to end and run again; the lock ends with that process.",
        **holder,
    )
