"""The store ``type: ndjson``: a folder of NDJSON files an entity, on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.files.format import FormatReader
from hygge.files.layout import split_template
from hygge.files.local import LocalFileSystem
from hygge.files.ndjson_format import NdjsonFormat
from hygge.files.store import FileStore

__all__ = ["NdjsonStore"]


class NdjsonStore(FileStore):
    """Configured by `ndjson_store.schema.json`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, template = split_template(config["path"])
        form = NdjsonFormat(
            compression=config.get("compression", "none"), non_finite=config.get("non_finite", "fail")
        )
        super().__init__(config, LocalFileSystem(root), template, form)

    def reader(self) -> FormatReader:
        from hygge.files.ndjson_reader import NdjsonReader

        return NdjsonReader({})
