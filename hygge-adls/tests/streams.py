"""A whole file, written as a stream."""

from __future__ import annotations

from hygge.files.filesystem import FileSystem

__all__ = ["put"]


def put(files: FileSystem, path: str, data: bytes) -> None:
    stream = files.write(path)
    stream.write(data)
    stream.sync()
    stream.close()
