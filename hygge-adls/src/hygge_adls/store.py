"""The store ``type: adls``: folders of data files in an ADLS Gen2 file system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.files.format import FormatReader
from hygge.files.formats import reader_back, written_as
from hygge.files.layout import split_template
from hygge.files.store import FileStore
from hygge_adls.account import open_files

__all__ = ["AdlsStore"]


class AdlsStore(FileStore):
    """Configured by `store.schema.json`; staging, publishing and receipts are those of files anywhere."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._format = config.get("format", "parquet")
        root, template = split_template(config["path"])
        super().__init__(config, open_files(config, root), template, written_as(self._format, config))

    def reader(self) -> FormatReader:
        return reader_back(self._format, self.config)
