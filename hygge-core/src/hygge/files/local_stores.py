"""The stores ``type: parquet``, ``csv`` and ``ndjson``: folders of files on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from hygge.files.format import FormatReader
from hygge.files.formats import reader_back, written_as
from hygge.files.layout import split_template
from hygge.files.local import LocalFileSystem
from hygge.files.store import FileStore

__all__ = ["CsvStore", "NdjsonStore", "ParquetStore"]


class _LocalStore(FileStore):
    form: ClassVar[str]

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, template = split_template(config["path"])
        super().__init__(config, LocalFileSystem(root), template, written_as(self.form, config))

    def reader(self) -> FormatReader:
        return reader_back(self.form, self.config)


class ParquetStore(_LocalStore):
    """Configured by `parquet_store.schema.json`."""

    form = "parquet"


class CsvStore(_LocalStore):
    """Configured by `csv_store.schema.json`."""

    form = "csv"


class NdjsonStore(_LocalStore):
    """Configured by `ndjson_store.schema.json`."""

    form = "ndjson"
