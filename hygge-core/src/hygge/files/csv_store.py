"""The store ``type: csv``: a folder of CSV files an entity, on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.files.csv_format import CsvFormat
from hygge.files.format import FormatReader
from hygge.files.layout import split_template
from hygge.files.local import LocalFileSystem
from hygge.files.store import FileStore

__all__ = ["CsvStore"]

LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}


class CsvStore(FileStore):
    """Configured by `csv_store.schema.json`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, template = split_template(config["path"])
        self._delimiter = config.get("delimiter", ",")
        form = CsvFormat(
            compression=config.get("compression", "none"),
            delimiter=self._delimiter,
            line_end=LINE_ENDS[config.get("line_end", "crlf")],
        )
        super().__init__(config, LocalFileSystem(root), template, form)

    def reader(self) -> FormatReader:
        from hygge.files.csv_reader import CsvReader

        return CsvReader({"delimiter": self._delimiter})
