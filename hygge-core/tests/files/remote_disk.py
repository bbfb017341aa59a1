"""A local disk that behaves as a place where each step is a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hygge.files.filesystem import FileInfo
from hygge.files.local import LocalFileSystem

if TYPE_CHECKING:
    import pytest

__all__ = ["make_remote", "tree"]


def make_remote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all local disks be so, until the test ends."""
    monkeypatch.setattr(LocalFileSystem, "remote", True)
    monkeypatch.setattr(LocalFileSystem, "swap", lambda self, one, other: False)
    monkeypatch.setattr(LocalFileSystem, "tree", tree)


def tree(files: LocalFileSystem, limit: int) -> Mapping[str, Sequence[FileInfo]] | None:
    """All there is, from what stands for one request."""
    found = files.below("")
    return found if sum(map(len, found.values())) <= limit else None
