"""The home ``type: adls``: data files in an ADLS Gen2 file system, read by ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.files.discovery import split_pattern
from hygge.files.formats import reader_of
from hygge.files.home import FileHome
from hygge_adls.account import open_files

__all__ = ["AdlsHome"]


class AdlsHome(FileHome):
    """Configured by `home.schema.json`; which files are read is decided as anywhere else."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, pattern = split_pattern(config["path"])
        super().__init__(
            config, open_files(config, root), pattern, reader_of(config.get("format", "parquet"), config)
        )
