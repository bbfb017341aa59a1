"""The home ``type: ndjson``: files of one JSON object a line, on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.files.discovery import split_pattern
from hygge.files.home import FileHome
from hygge.files.local import LocalFileSystem
from hygge.files.ndjson_reader import NdjsonReader

__all__ = ["NdjsonHome"]


class NdjsonHome(FileHome):
    """Configured by `ndjson_home.schema.json`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        root, pattern = split_pattern(config["path"])
        super().__init__(config, LocalFileSystem(root), pattern, NdjsonReader(config))
