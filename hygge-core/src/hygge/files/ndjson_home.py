"""The home ``type: ndjson``: files of one JSON object a line, on local disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hygge import schemas
from hygge.files.discovery import split_pattern
from hygge.files.home import FileHome
from hygge.files.local import LocalFileSystem
from hygge.files.ndjson_reader import NdjsonReader
from hygge.model import ReadRequest, Split

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["NdjsonHome"]


class NdjsonHome(FileHome):
    """Configured by `ndjson_home.schema.json`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, pattern = split_pattern(config["path"])
        self._lines = NdjsonReader(config)
        super().__init__(config, LocalFileSystem(root), pattern, self._lines)

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        self._lines.known = frozenset(schemas.unpack(split.payload["schema"]).names)
        return super().read(request, split)
