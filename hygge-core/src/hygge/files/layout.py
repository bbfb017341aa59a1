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
    "JOB",
    "PUT_OUT",
    "TARGETS",
    "Layout",
    "data_name",
    "is_data_name",
    "is_new",
    "is_of",
    "is_put_out",
    "job_of",
    "layout",
    "split_template",
]

CONTROL = ".hygge"
TARGETS = f"{CONTROL}/targets"
NEW = "new"  # the folder of what a job stages, where that is the one which is exchanged
PUT_OUT = "out-"  # how the attempt of a folder is named that holds old data for certain
JOB = r"\d{8}T\d{6}-[0-9a-f]{10}"
_DATA_NAME = re.compile(rf"part-{JOB}-.+-\d{{4,}}\.[a-z0-9.]+")
_OF_A_JOB = re.compile(rf"({JOB})\..+")


def data_name(job_id: str, split_id: str, number: int, suffix: str) -> str:
    """Name of a published file; it carries its job, so that no two jobs ever collide."""
    return f"part-{job_id}-{quote(split_id, safe='')}-{number:04d}{suffix}"


def is_data_name(name: str) -> bool:
    """Whether hygge gives such names; anything else in an entity's folder is somebody else's."""
    return _DATA_NAME.fullmatch(name) is not None


def is_of(job_id: str, name: str) -> bool:
    """Whether a data file is the job's, by its name."""
    return name.startswith(f"part-{job_id}-")


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one target, relative to the store's root."""

    folder: str  # data files and nothing else
    key: str  # the folder as one path segment

    @property
    def control(self) -> str:
        """The one folder of all else: receipts and claims, what jobs stage, what they exchange.

        One listing of it tells how the target stands and what is left of whom.
        """
        return f"{TARGETS}/{self.key}"

    def staged(self, job_id: str, name: str) -> str:
        """A file that a job stages; flat, since making folders durable is dear."""
        return f"{self.control}/{job_id}.{name}"

    def new(self, job_id: str) -> str:
        """A folder that a replacement stages into, where that spares requests: it will be the entity's."""
        return f"{self.control}/{job_id}.{NEW}"

    def swap(self, job_id: str, attempt: str) -> str:
        """A folder that one attempt at a replacement exchanges with the entity's."""
        return f"{self.control}/{job_id}.{attempt}"


def job_of(name: str) -> str | None:
    """The job whose file or folder an entry of a control folder is; None of a receipt or claim."""
    found = _OF_A_JOB.fullmatch(name)
    return found[1] if found else None


def is_put_out(name: str) -> bool:
    """Whether a folder that was exchanged is named as one that holds old data for certain."""
    return name.partition(".")[2].startswith(PUT_OUT)


def is_new(name: str) -> bool:
    """Whether a folder is one that a job stages into and that nobody has begun to exchange."""
    return name.partition(".")[2] == NEW


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
