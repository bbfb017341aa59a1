"""The store ``type: parquet``: a folder of Parquet files an entity, on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.files.format import FormatReader
from hygge.files.layout import split_template
from hygge.files.local import LocalFileSystem
from hygge.files.parquet import ParquetFormat
from hygge.files.store import FileStore

__all__ = ["ParquetStore"]


class ParquetStore(FileStore):
    """Configured by `parquet_store.schema.json`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, template = split_template(config["path"])
        form = ParquetFormat(
            compression=config.get("compression", "snappy"),
            compression_level=config.get("compression_level"),
            row_group_rows=config.get("row_group_rows", 122_880),
        )
        super().__init__(config, LocalFileSystem(root), template, form)

    def reader(self) -> FormatReader:
        from hygge.files.parquet_reader import ParquetReader  # few runs read back

        return ParquetReader()
