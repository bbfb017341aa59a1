"""The journal beside the data of an ADLS store, shared by every host that writes there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.files.layout import split_template
from hygge.journal import FOLDER, FileJournal
from hygge_adls.account import open_files

__all__ = ["AdlsJournal"]


class AdlsJournal(FileJournal):
    """In `.hygge_journal/` at the root of the store that ``config`` describes; files as on local disk."""

    def __init__(self, config: Mapping[str, Any], run_id: str, holder: Mapping[str, str]) -> None:
        root, _ = split_template(config["path"])
        super().__init__(open_files(config, f"{root.rstrip('/')}/{FOLDER}"), run_id, holder)
