"""The store ``type: adls``: folders of data files in an ADLS Gen2 file system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hygge.errors import ConfigurationError
from hygge.files.format import FormatReader
from hygge.files.formats import reader_back, written_as
from hygge.files.layout import split_template
from hygge.files.store import FileStore
from hygge.model import Target
from hygge_adls.account import open_files

__all__ = ["AdlsStore"]

LIKE_A_SIGNATURE = re.compile(r"\?(?=[^?]*sig=)[^?]*sv=\d{4}-\d{2}-\d{2}[^?]*$")
"""What the SDK cuts off the destination of a rename."""


class AdlsStore(FileStore):
    """Configured by `store.schema.json`; staging, publishing and receipts are those of files anywhere."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._format = config.get("format", "parquet")
        root, template = split_template(config["path"])
        super().__init__(config, open_files(config, root), template, written_as(self._format, config))

    def identity(self, target: Target) -> str:
        found = super().identity(target)
        if LIKE_A_SIGNATURE.search(found):
            raise ConfigurationError(
                f"{target.entity!r} cannot be a folder on ADLS: it reads like the end of a signed address",
                code="HYG113",
                remedy="Give the entity another name in the flow, or set store.path without {entity}.",
            )
        return found

    def reader(self) -> FormatReader:
        return reader_back(self._format, self.config)
