"""A stored file as Python's kind of file, read piece by piece."""

from __future__ import annotations

import io

from hygge.files.filesystem import FileSystem

__all__ = ["RangedFile"]


class RangedFile(io.RawIOBase):
    """Reads only what is asked for, so that a large file costs little memory."""

    def __init__(self, files: FileSystem, path: str, size: int) -> None:
        self._files = files
        self._path = path
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._size - self._at)
        data = self._files.read(self._path, self._at, left if size is None or size < 0 else min(size, left))
        self._at += len(data)
        return data
