"""Objects under names, each with a version: what the reference connector asks of its place."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol
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


class StagedInMemory:
    """Keeps objects below ``staged/`` in this process, all others where they belong."""

    _staged: ClassVar[dict[str, bytes]] = {}

    def __init__(self, place: Place) -> None:
        self._place = place

    def address(self) -> str:
        return self._place.address()

    def get(self, name: str) -> tuple[bytes, str] | None:
        key = self._key(name)
        if name.startswith("staged/"):
            return (self._staged[key], "") if key in self._staged else None
        return self._place.get(name)

    def put(self, name: str, data: bytes, version: str | None) -> None:
        self._place.put(name, data, version)

    def replace(self, name: str, data: bytes) -> None:
        if name.startswith("staged/"):
            self._staged[self._key(name)] = data
        else:
            self._place.replace(name, data)

    def delete(self, name: str) -> None:
        self._staged.pop(self._key(name), None)
        self._place.delete(name)

    def names(self, prefix: str) -> Sequence[str]:
        mine = [key.partition("#")[2] for key in self._staged if key.startswith(self._key(prefix))]
        return sorted({*mine, *self._place.names(prefix)})

    def _key(self, name: str) -> str:
        return f"{self._place.address()}#{name}"
