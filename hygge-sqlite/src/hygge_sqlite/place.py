"""Where things of the store lie: the database, the target's table, staged files beside the database."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hygge.errors import ConfigurationError
from hygge.files.trouble import telling
from hygge.placeholders import ENTITY, fill_name

__all__ = ["STAGED", "Place", "folded", "place", "table_name"]

CONTROL = ".hygge"
STAGED = ".staged"
OVERLAP = ".overlap"
LONGEST = 60  # characters of one part of a file name, of which there are three


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The database of one store, by its real path: links to it are the same place."""

    database: str

    @property
    def staging(self) -> Path:
        """A folder of this database alone."""
        path = Path(self.database)
        return path.parent / CONTROL / path.name

    def staged(self, table: str, job_id: str, split_id: str) -> Path:
        """The file of one split."""
        return self.staging / f"{self._stem(table, job_id)}.{_part(split_id)}{STAGED}"

    def overlap(self, table: str, job_id: str) -> Path:
        """The file of the identities that go with a job."""
        return self.staging / f"{self._stem(table, job_id)}{OVERLAP}"

    def of_job(self, table: str, job_id: str) -> Iterator[Path]:
        """All files that the job has staged."""
        stem = self._stem(table, job_id) + "."
        return (path for path in self._files() if path.name.startswith(stem))

    def of_table(self, table: str) -> Iterator[tuple[str, Path]]:
        """All files staged for the table, each with its job (as it stands in the name)."""
        key = _part(folded(table))
        for path in self._files():
            parts = path.name.split(".")
            if parts[0] == key:
                yield parts[1], path

    def _files(self) -> list[Path]:
        with telling("looking for staged rows", str(self.staging)):
            try:
                return sorted(self.staging.iterdir())
            except (FileNotFoundError, NotADirectoryError):
                return []

    def _stem(self, table: str, job_id: str) -> str:
        return f"{_part(folded(table))}.{_part(job_id)}"


def place(config: Mapping[str, Any]) -> Place:
    """The place that a store's configuration names; raises `ConfigurationError` for a name in it."""
    path = config["path"]
    if ENTITY in path:
        raise ConfigurationError(
            f"store.path of a SQLite store is one database and cannot hold {ENTITY}: {path}",
            code="HYG114",
            remedy=f"Put {ENTITY} into store.table.",
        )
    return Place(database=os.path.realpath(path))


def table_name(config: Mapping[str, Any], entity: str) -> str:
    """The table that an entity settles in; raises `ConfigurationError` for one that cannot be."""
    name = fill_name(config.get("table", ENTITY), entity)
    bad = (
        "is empty"
        if not name.strip()
        else "holds a NUL"
        if "\0" in name
        else "is not valid Unicode"
        if not _encodable(name)
        else "begins with 'sqlite_', which SQLite keeps for itself"
        if folded(name).startswith("sqlite_")
        else "begins with '_hygge_', which hygge keeps for itself"
        if folded(name).startswith("_hygge_")
        else ""
    )
    if bad:
        raise ConfigurationError(
            f"{name!r} cannot be a table in SQLite: it {bad}",
            code="HYG113",
            remedy="Set store.table to another name, such as t_{entity}.",
        )
    return name


def folded(name: str) -> str:
    """The name as SQLite compares it: ASCII letters without their case, all others as they are."""
    return "".join(c.lower() if c.isascii() else c for c in name)


def _encodable(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _part(text: str) -> str:
    """The text as a part of a file name, without a dot; long ones end in a hash of the whole."""
    quoted = quote(text, safe=" ").replace(".", "%2E")
    if len(quoted) <= LONGEST:
        return quoted
    return f"{quoted[: LONGEST - 33]}~{hashlib.sha256(text.encode()).hexdigest()[:32]}"
