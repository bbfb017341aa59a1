"""Folders on a local disk whose names survive a power cut."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["make_durable", "naming", "sync_folder"]


def make_durable(folder: Path) -> bool:
    """Make a folder and its parents; each new one's name is synced in the folder that holds it.

    Whether this call made the folder.
    """
    try:
        made = _made(folder)
    except FileNotFoundError:
        make_durable(folder.parent)
        made = _made(folder)  # where nothing can be made, as in /proc, the error is this one's
    if made:
        sync_folder(folder.parent)
    return made


def _made(folder: Path) -> bool:
    """Whether this call made the folder; False if it is there already."""
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Return only when the names in the folder would survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with naming(folder):
            os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Give an error of an open file the path that the system leaves out of it."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
