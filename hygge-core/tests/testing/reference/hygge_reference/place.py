"""Objects under names, each with a version: what the reference connector asks of its place."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote


class Conflict(Exception):
    """The object has another version than was expected; nothing was written."""


class Place(Protocol):
    """One conditional write is all the atomicity that the connector needs."""

    def address(self) -> str:
        """Canonical, without secrets."""

    def get(self, name: str) -> tuple[bytes, str] | None:
        """The object's bytes and version."""

    def put(self, name: str, data: bytes, version: str | None) -> None:
        """Write whole; raises `Conflict` unless the object has this version, None: is not there."""

    def replace(self, name: str, data: bytes) -> None:
        """Write whole, whatever is there."""

    def delete(self, name: str) -> None:
        """Repeatable."""

    def names(self, prefix: str) -> Sequence[str]:
        """Names that begin so, sorted."""


class Folder:
    """Objects as files of one folder; writers of one object take turns on a lock."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def address(self) -> str:
        return self._path.resolve().as_uri()

    def get(self, name: str) -> tuple[bytes, str] | None:
        try:
            data = self._file(name).read_bytes()
        except FileNotFoundError:
            return None
        return data, hashlib.sha256(data).hexdigest()

    def put(self, name: str, data: bytes, version: str | None) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        with open(self._path / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found = self.get(name)
            if (found[1] if found else None) != version:
                raise Conflict(name)
            self.replace(name, data)

    def replace(self, name: str, data: bytes) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        new = self._path / f".new-{os.getpid()}-{os.urandom(4).hex()}"
        with open(new, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.rename(self._file(name))

    def delete(self, name: str) -> None:
        self._file(name).unlink(missing_ok=True)

    def names(self, prefix: str) -> Sequence[str]:
        if not self._path.is_dir():
            return []
        found = (unquote(path.name) for path in self._path.iterdir() if not path.name.startswith("."))
        return sorted(name for name in found if name.startswith(prefix))

    def _file(self, name: str) -> Path:
        return self._path / quote(name, safe="")
