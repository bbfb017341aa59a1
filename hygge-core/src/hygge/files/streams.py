"""Compressed files as streams, in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import pyarrow as pa

from hygge.files.filesystem import FileSystem, WriteStream

__all__ = ["BLOCKS", "ENDINGS", "Compression", "Output", "by_blocks", "opened"]

BLOCKS = (1 << 20, 1 << 24, 1 << 28)  # bytes; the last is the longest row that can be read
Compression = Literal["none", "gzip", "zstd", "bz2"]
ENDINGS: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}


def opened(files: FileSystem, path: str) -> pa.NativeFile:
    """The content of a file, unpacked as its name says."""
    source = files.input(path)
    for ending, compression in ENDINGS.items():
        if path.lower().endswith(ending):
            return pa.CompressedInputStream(source, compression)
    return source


def by_blocks(read: Callable[[int], Iterable[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
    """The batches of ``read(block size)``; a row longer than a block is read with larger blocks."""
    done = 0
    for block in BLOCKS:
        left_out = done
        try:
            for batch in read(block):
                new = batch.slice(min(left_out, batch.num_rows))
                left_out -= batch.num_rows - new.num_rows
                done += new.num_rows
                yield new
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or block == BLOCKS[-1]:
                raise
            continue
        return


class _Kept:
    """A stream whose end is not the end of the file under it, which still has to be synced."""

    def __init__(self, stream: WriteStream) -> None:
        self._stream = stream
        self.closed = False

    def write(self, data: bytes) -> int:
        return self._stream.write(data)

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


class Output:
    """Bytes on their way into a file, packed or not."""

    def __init__(self, stream: WriteStream, compression: Compression) -> None:
        self._stream = stream
        self._packed = None
        if compression != "none":
            self._packed = pa.CompressedOutputStream(pa.PythonFile(_Kept(stream), mode="w"), compression)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        if self._packed is None:
            self._stream.write(data)
        else:
            self._packed.write(data)

    def end(self) -> None:
        """Write what ends the packing; the file stays open."""
        if self._packed is not None:
            self._packed.close()
