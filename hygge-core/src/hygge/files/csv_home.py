"""The home ``type: csv``: CSV files on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.files.csv_reader import CsvReader
from hygge.files.discovery import split_pattern
from hygge.files.home import FileHome
from hygge.files.local import LocalFileSystem

__all__ = ["CsvHome"]


class CsvHome(FileHome):
    """Configured by `csv_home.schema.json`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, pattern = split_pattern(config["path"])
        super().__init__(config, LocalFileSystem(root), pattern, CsvReader(config))
