"""The home ``type: parquet``: Parquet files on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.files.discovery import split_pattern
from hygge.files.home import FileHome
from hygge.files.local import LocalFileSystem
from hygge.files.parquet_reader import ParquetReader

__all__ = ["ParquetHome"]


class ParquetHome(FileHome):
    """Configured by `parquet_home.schema.json`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, pattern = split_pattern(config["path"])
        super().__init__(config, LocalFileSystem(root), pattern, ParquetReader())
