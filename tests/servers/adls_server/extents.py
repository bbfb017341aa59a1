"""Bytes as they came in, one file on disk for each request body, so that no upload is ever in memory."""

from __future__ import annotations

import hashlib
import itertools
import os
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

from adls_server.crc64 import crc64

__all__ = ["Extent", "Extents", "Slice"]

BUFFER = 1 << 20


class Extent:
    """An unchanging run of bytes; its file goes when nobody knows of it any more."""

    __slots__ = ("__weakref__", "length", "path")

    def __init__(self, path: Path, length: int) -> None:
        self.path, self.length = path, length
        weakref.finalize(self, path.unlink, missing_ok=True)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of an extent."""

    extent: Extent
    start: int
    length: int

    def read(self) -> bytes:
        with self.extent.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.length)


@dataclass(frozen=True, slots=True)
class Received:
    """A request body on disk, with the checksums that were asked for."""

    extent: Extent
    md5: bytes | None
    crc64: bytes | None


class Extents:
    """The folder in which request bodies are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def receive(
        self, source: BufferedIOBase, length: int, *, md5: bool = False, crc: bool = False
    ) -> Received:
        """Take ``length`` bytes from ``source``; raises `EOFError` if it ends before."""
        path = self._folder / f"{next(self._numbers):08x}"
        extent = Extent(path, length)
        digest = hashlib.md5(usedforsecurity=False) if md5 else None
        state = [0]
        with path.open("wb", buffering=0) as file:
            sinks: list[Callable[[memoryview], object]] = [file.write]
            if digest is not None:
                sinks.append(digest.update)
            if crc:
                sinks.append(lambda part: state.__setitem__(0, crc64(part, state[0])))
            _pump(source, length, sinks)
        return Received(
            extent,
            digest.digest() if digest else None,
            state[0].to_bytes(8, "little") if crc else None,
        )

    def keep(self, data: bytes) -> Extent:
        """An extent of bytes that are known already."""
        path = self._folder / f"{next(self._numbers):08x}"
        path.write_bytes(data)
        return Extent(path, len(data))


def _pump(source: BufferedIOBase, length: int, sinks: list[Callable[[memoryview], object]]) -> None:
    if not length:
        return
    view = memoryview(bytearray(min(BUFFER, length)))
    left = length
    while left:
        got = source.readinto(view[: min(left, len(view))])
        if not got:
            raise EOFError(f"{left} of {length} bytes of the request body never came")
        for sink in sinks:
            sink(view[:got])
        left -= got


def send(slices: tuple[Slice, ...], descriptor: int) -> None:
    """Send slices to a socket without a copy in this process."""
    for part in slices:
        with part.extent.path.open("rb") as file:
            start, end = part.start, part.start + part.length
            while start < end:
                sent = os.sendfile(descriptor, file.fileno(), start, end - start)
                if not sent:
                    raise EOFError(part.extent.path)
                start += sent
