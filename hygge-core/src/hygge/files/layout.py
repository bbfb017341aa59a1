"""Where things lie below a store's root: data in the entity's folder, all else in ``.hygge/``."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from hygge.placeholders import ENTITY, fill_path, static_root

__all__ = [
    "CONTROL",
    "PUT_OUT",
    "STAGING",
    "SWAP",
    "Layout",
    "data_name",
    "is_data_name",
    "layout",
    "split_template",
]

CONTROL = ".hygge"
STAGING = f"{CONTROL}/staging"
SWAP = f"{CONTROL}/swap"
PUT_OUT = "out-"  # how the attempt of a folder is named that holds old data for certain
_DATA_NAME = re.compile(r"part-(\d{8}T\d{6}-[0-9a-f]{10})-.+-\d{4,}\.[a-z0-9.]+")


def data_name(job_id: str, split_id: str, number: int, suffix: str) -> str:
    """Name of a published file; it carries its job, so that no two jobs ever collide."""
    return f"part-{job_id}-{quote(split_id, safe='')}-{number:04d}{suffix}"


def is_data_name(name: str) -> bool:
    """Whether hygge gives such names; anything else in an entity's folder is somebody else's."""
    return _DATA_NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one target, relative to the store's root."""

    folder: str  # data files and nothing else
    key: str  # the folder as one path segment

    def staging(self, job_id: str) -> str:
        """Where a job stages: one folder a job, flat, since making folders durable is dear."""
        return f"{STAGING}/{self.key}.{job_id}"

    def swap(self, job_id: str, attempt: str) -> str:
        """A folder that one attempt at a replacement exchanges with the entity's."""
        return f"{SWAP}/{self.key}.{job_id}.{attempt}"

    def staging_job(self, name: str) -> str | None:
        """The job of an entry of `STAGING`, if it is this target's."""
        key, _, job_id = name.rpartition(".")
        return job_id if key == self.key else None

    def swap_job(self, name: str) -> str | None:
        """The job of an entry of `SWAP`, if it is this target's."""
        return self.staging_job(name.rpartition(".")[0])

    @staticmethod
    def put_out(name: str) -> bool:
        """Whether an entry of `SWAP` was put out of its place and holds old data."""
        return name.rpartition(".")[2].startswith(PUT_OUT)

    @property
    def receipts(self) -> str:
        return f"{CONTROL}/receipts/{self.key}"


def split_template(path: str) -> tuple[str, str]:
    """A configured path as the store's root and the template of an entity's folder below it."""
    if ENTITY not in path:
        return path, ENTITY
    root = static_root(path)
    return root, str(PurePosixPath(path).relative_to(root))


def layout(template: str, entity: str) -> Layout:
    """The layout of one entity; raises `ConfigurationError` for a name that is no path segment."""
    folder = fill_path(template, entity)
    key = quote(folder, safe=" ")
    if len(key) > 200:  # a file name ends at 255 bytes
        key = f"{key[:120]}~{hashlib.sha256(folder.encode()).hexdigest()[:32]}"
    return Layout(folder=folder, key=key)
