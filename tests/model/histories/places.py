"""Folders in which a flow's files lie, here or in a lake, as people look into them and change them."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.filedatalake import DataLakeLeaseClient, DataLakeServiceClient, FileSystemClient

from adls_server import AdlsServer

__all__ = ["Folder", "LakeFolder"]

FILE_SYSTEM = "histories"
KEY = "HISTORIES_LAKE_KEY"


class Folder:
    """A folder of this machine."""

    def __init__(self, here: Path) -> None:
        self.here = here

    def config(self) -> Mapping[str, Any]:
        """Where it is, as a flow says it."""
        return {"path": str(self.here)}

    def fetch(self) -> None:
        """Look at it: `here` holds what is there now."""

    def send(self) -> None:
        """Change it: what `here` holds is there from now on."""


class LakeFolder(Folder):
    """A folder of a lake, and its copy here. What the dead have leased is free when it is looked at."""

    def __init__(self, here: Path) -> None:
        super().__init__(here)
        self._there = f"{uuid.uuid4().hex}/{here.name}"
        self._known: dict[str, tuple[str, int]] = {}  # etag there and time of change here

    def config(self) -> Mapping[str, Any]:
        return {
            "account_url": _server().url,
            "account_key": f"${{secret:env:{KEY}}}",
            "filesystem": FILE_SYSTEM,
            "path": self._there,
        }

    def fetch(self) -> None:
        there = self._paths()
        self.here.mkdir(exist_ok=True)
        for name, path in self._copies().items():
            if name not in there:
                _remove(path)
        for name, etag in sorted(there.items()):
            copy = self.here / name
            if not etag:
                copy.mkdir(exist_ok=True)
            elif self._known.get(name) != (etag, _changed(copy)):
                copy.write_bytes(_lake().get_file_client(self._path(name)).download_file().readall())
                self._known[name] = (etag, _changed(copy))
            if name.endswith(".lock"):
                with contextlib.suppress(ResourceExistsError):  # nobody holds it
                    DataLakeLeaseClient(_lake().get_file_client(self._path(name))).break_lease(0)

    def send(self) -> None:
        there, copies = self._paths(), self._copies()
        for name, etag in there.items():
            if name not in copies:
                kind = _lake().get_file_client if etag else _lake().get_directory_client
                with contextlib.suppress(ResourceNotFoundError):  # gone with its folder
                    kind(self._path(name)).delete_file() if etag else kind(
                        self._path(name)
                    ).delete_directory()
        for name, path in copies.items():
            if path.is_dir():
                if name not in there:
                    _lake().create_directory(self._path(name))
            elif name not in there or self._known.get(name) != (there[name], _changed(path)):
                file = _lake().get_file_client(self._path(name))
                file.upload_data(path.read_bytes(), overwrite=True)
                self._known[name] = (file.get_file_properties().etag.strip('"'), _changed(path))

    def _path(self, name: str) -> str:
        return f"{self._there}/{name}"

    def _paths(self) -> dict[str, str]:
        """The etag of each file there; folders have none."""
        try:
            found = list(_lake().get_paths(self._there))
        except ResourceNotFoundError:
            return {}
        return {
            one.name.removeprefix(f"{self._there}/"): "" if one.is_directory else one.etag.strip('"')
            for one in found
        }

    def _copies(self) -> dict[str, Path]:
        return {path.relative_to(self.here).as_posix(): path for path in sorted(self.here.rglob("*"))}


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@functools.cache
def _server() -> AdlsServer:
    """The lake of this process; the processes it starts may sign in."""
    server = AdlsServer()
    server.__enter__()
    atexit.register(server.__exit__, None, None, None)
    os.environ[KEY] = server.key
    return server


@functools.cache
def _lake() -> FileSystemClient:
    service = DataLakeServiceClient(_server().url, credential=_server().key)
    return service.create_file_system(FILE_SYSTEM)
