"""A local disk that behaves as a place where each step is a request."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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
    listed, seen, moved = LocalFileSystem.list, LocalFileSystem.info, LocalFileSystem.rename

    def version(files: LocalFileSystem, path: str) -> str:
        return str(files.path(path).stat().st_ino)

    def entries(self: LocalFileSystem, folder: str) -> Sequence[FileInfo]:
        found = listed(self, folder)
        return [replace(one, version=version(self, f"{folder}/{one.name}".lstrip("/"))) for one in found]

    def info(self: LocalFileSystem, path: str) -> FileInfo | None:
        found = seen(self, path)
        return found and replace(found, version=version(self, path))

    def rename(self: LocalFileSystem, source: str, destination: str, **more: Any) -> None:
        if more.get("version", "") not in ("", version(self, source) if seen(self, source) else ""):
            raise OSError(errno.ESTALE, "another content", source)
        moved(self, source, destination, **more)

    monkeypatch.setattr(LocalFileSystem, "list", entries)
    monkeypatch.setattr(LocalFileSystem, "info", info)
    monkeypatch.setattr(LocalFileSystem, "rename", rename)


def tree(files: LocalFileSystem, limit: int) -> Mapping[str, Sequence[FileInfo]] | None:
    """All there is, from what stands for one request."""
    found = files.below("")
    return found if sum(map(len, found.values())) <= limit else None
