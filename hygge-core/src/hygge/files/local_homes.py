"""The homes ``type: parquet``, ``csv`` and ``ndjson``: files on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from hygge.files.discovery import split_pattern
from hygge.files.formats import reader_of
from hygge.files.home import FileHome
from hygge.files.local import LocalFileSystem

__all__ = ["CsvHome", "NdjsonHome", "ParquetHome"]


class _LocalHome(FileHome):
    form: ClassVar[str]

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, pattern = split_pattern(config["path"])
        super().__init__(config, LocalFileSystem(root), pattern, reader_of(self.form, config))


class ParquetHome(_LocalHome):
    """Configured by `parquet_home.schema.json`."""

    form = "parquet"


class CsvHome(_LocalHome):
    """Configured by `csv_home.schema.json`."""

    form = "csv"


class NdjsonHome(_LocalHome):
    """Configured by `ndjson_home.schema.json`."""

    form = "ndjson"
