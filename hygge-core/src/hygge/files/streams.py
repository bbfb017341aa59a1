"""Compressed files as streams, in and out."""

from __future__ import annotations

import codecs
from typing import Literal

import pyarrow as pa

from hygge.errors import ConfigurationError
from hygge.files.filesystem import FileSystem, WriteStream

__all__ = ["ENDINGS", "Compression", "Output", "decoded", "known_encoding", "opened"]

Compression = Literal["none", "gzip", "zstd", "bz2"]
ENDINGS: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}


def opened(files: FileSystem, path: str) -> pa.NativeFile:
    """The content of a file, unpacked as its name says."""
    source = files.input(path)
    for ending, compression in ENDINGS.items():
        if path.lower().endswith(ending):
            return pa.CompressedInputStream(source, compression)
    return source


def known_encoding(name: str) -> str:
    """The encoding's name; raises `ConfigurationError` if nobody knows it."""
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise ConfigurationError(
            f"home.encoding: {name!r} is no encoding",
            code="HYG105",
            remedy="Encodings are called utf-8, latin-1, cp1252, utf-16 and so on.",
        ) from error


def decoded(stream: pa.NativeFile, encoding: str) -> pa.NativeFile:
    """The stream as UTF-8."""
    if encoding in ("utf-8", "utf-8-sig"):
        return stream
    return pa.transcoding_input_stream(stream, encoding, "utf8")


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
