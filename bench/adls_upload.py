"""Send a gigabyte to the test server: `adls_upload.py hygge|sdk URL KEY`.

Processor time is what counts: the server has the same cores.
"""

from __future__ import annotations

import io
import os
import sys
import uuid
from collections.abc import Iterator

BLOCK = bytes(range(256)) * (1 << 14)  # 4 MiB
BLOCKS = 256
CHUNK = 8 << 20


def blocks() -> Iterator[bytes]:
    """The gigabyte, as a Parquet writer gives it."""
    for _ in range(BLOCKS):
        yield BLOCK


def by_hygge(url: str, key: str, name: str) -> None:
    from hygge_adls.account import open_files

    os.environ["LAKE_KEY"] = key
    files = open_files(
        {"account_url": url, "account_key": "${secret:env:LAKE_KEY}", "filesystem": name}, "bench"
    )
    stream = files.write("big")
    for block in blocks():
        stream.write(block)
    stream.sync()
    stream.close()


class _Stream(io.RawIOBase):
    """The blocks as a file, which is what the SDK wants."""

    def __init__(self) -> None:
        self._rest = blocks()
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]  # any buffer, says typeshed
        if not self._held:
            self._held = next(self._rest, b"")
        count = min(len(into), len(self._held))
        into[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def by_sdk(url: str, key: str, name: str) -> None:
    from azure.storage.filedatalake import DataLakeServiceClient

    client = DataLakeServiceClient(url, credential=key).get_file_client(name, "bench/big")
    stream = io.BufferedReader(_Stream(), CHUNK)
    client.upload_data(
        stream, length=BLOCKS * len(BLOCK), overwrite=True, chunk_size=CHUNK, max_concurrency=4
    )


if __name__ == "__main__":
    who, url, key = sys.argv[1:]
    from azure.storage.filedatalake import DataLakeServiceClient

    name = f"b{uuid.uuid4().hex[:12]}"
    service = DataLakeServiceClient(url, credential=key)
    service.create_file_system(name)
    {"hygge": by_hygge, "sdk": by_sdk}[who](url, key, name)
    service.delete_file_system(name)
