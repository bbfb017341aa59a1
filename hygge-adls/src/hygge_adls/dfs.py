"""Files and folders of an ADLS Gen2 file system, behind hygge's file-system interface.

Files are made through the DFS verbs, chunk by chunk; small whole files (claims, receipts) through
one ``Put Blob``, which makes them visible complete, and only if none is there when that is asked.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from hygge.files.filesystem import FileInfo, FileSystem, WriteStream
from hygge.files.ranges import Ranges
from hygge_adls.leasing import leased
from hygge_adls.patience import Patience, doubts
from hygge_adls.trouble import code_of
from hygge_adls.upload import MARK, Upload

if TYPE_CHECKING:
    import pyarrow as pa
    from azure.storage.blob import BlobClient, ContainerClient
    from azure.storage.filedatalake import DataLakeFileClient, FileSystemClient, PathProperties

__all__ = ["DfsFileSystem"]

log = logging.getLogger("hygge")
T = TypeVar("T")
PAGE = 5_000  # entries of one answer, the most that the service gives
NO_PARENT = "RenameDestinationParentPathNotFound"
NANO = 1_000_000_000


class Known:
    """Folders that were there when somebody looked; if one is gone, a rename tells. Thread-safe."""

    def __init__(self) -> None:
        self._places: set[str] = set()
        self._changing = threading.Lock()

    def __contains__(self, place: str) -> bool:
        return place in self._places

    def add(self, place: str) -> None:
        with self._changing:
            self._places.add(place)

    def forget(self, place: str = "") -> None:
        """It is there no longer, nor is anything below it; by default all of them."""
        with self._changing:
            below = f"{place}/" if place else ""
            self._places = {one for one in self._places if one != place and not one.startswith(below)}


class DfsFileSystem(FileSystem):
    """What lies below ``root`` in one file system; all of it is durable once the service has answered.

    ``files`` and ``blobs`` reach the same file system by the two sets of verbs.
    """

    remote = True
    commit_delay = 0.03  # about as long as a request takes

    def __init__(
        self, files: FileSystemClient, blobs: ContainerClient, root: str, address: str, patience: Patience
    ) -> None:
        self._files, self._blobs = files, blobs
        self._root = "/".join(part for part in root.split("/") if part not in ("", "."))
        self._address = address.rstrip("/")
        self._patience = patience
        self._folders = Known()

    def in_doubt(self, folder: str) -> bool:
        return doubts.about(self.address(folder))

    def address(self, path: str = "") -> str:
        return f"{self._address}/{self._path(path)}".rstrip("/")

    # -- whole files --------------------------------------------------------------------------

    def create(self, path: str, data: bytes) -> bool:
        mark = uuid.uuid4().hex
        blob = self._blob(path)

        def put() -> bool:
            try:
                self._put(blob, data, mark, if_none_match=True)
            except ResourceExistsError as error:
                if code_of(error) not in ("BlobAlreadyExists", "PathAlreadyExists"):
                    raise
                return self._is_marked(blob, mark)  # by an attempt whose answer was lost
            return True

        return self._ask(put, path)

    def replace(self, path: str, data: bytes) -> None:
        blob, mark = self._blob(path), uuid.uuid4().hex
        self._ask(lambda: self._put(blob, data, mark, if_none_match=False), path)

    def write(self, path: str) -> WriteStream:
        return Upload(
            self._file(path), self.address(path), self._patience, whole=lambda data: self.create(path, data)
        )

    def log(self, path: str) -> WriteStream:
        return Upload(self._file(path), self.address(path), self._patience)

    def read(self, path: str, offset: int = 0, length: int | None = None) -> bytes:
        return self.read_pinned(path, offset, length, None)

    def read_pinned(self, path: str, offset: int, length: int | None, etag: str | None) -> bytes:
        """Bytes of the content that the ETag names, if there is one; `OSError` ESTALE of another content."""
        pin: dict[str, Any] = {}  # the SDK takes no None for these
        if etag:
            pin = {"etag": f'"{etag}"', "match_condition": MatchConditions.IfNotModified}

        def get() -> bytes:
            try:
                found: bytes = self._blob(path).download_blob(offset, length, **pin).readall()
            except HttpResponseError as error:
                if code_of(error) != "InvalidRange":
                    raise
                return b""  # the file ends before the offset
            return found

        if length == 0:
            return b""
        return self._ask(get, path)

    def input(self, path: str) -> pa.NativeFile:
        import pyarrow as pa

        found = self._properties(path)
        if found is None or found.folder:
            raise FileNotFoundError(2, "no such file", self.address(path))
        etag = found.version
        ranges = Ranges(lambda start, length: self.read_pinned(path, start, length, etag), found.size)
        return pa.PythonFile(ranges, mode="r")

    # -- names --------------------------------------------------------------------------------

    def list(self, folder: str) -> Sequence[FileInfo]:
        try:
            found = [_entry(one) for one in self._listed(folder)]
        except FileNotFoundError:
            return []
        return sorted(found, key=lambda one: one.name)

    def below(self, folder: str) -> Mapping[str, Sequence[FileInfo]]:
        return self._below(folder, sys.maxsize) or {}

    def tree(self, limit: int) -> Mapping[str, Sequence[FileInfo]] | None:
        return self._below("", limit)

    def _below(self, folder: str, limit: int) -> Mapping[str, Sequence[FileInfo]] | None:
        folders: dict[str, list[FileInfo]] = {}
        above = f"{self._root}/" if self._root else ""
        try:
            for count, one in enumerate(self._listed(folder, recursive=True)):
                if count >= limit:
                    return None
                folders.setdefault(one.name.removeprefix(above).rpartition("/")[0], []).append(_entry(one))
                if one.is_directory:
                    self._folders.add(one.name)
        except FileNotFoundError:
            return {}
        return folders

    def info(self, path: str) -> FileInfo | None:
        return self._properties(path)

    def make_folder(self, folder: str) -> bool:
        place = self._path(folder)
        if not place or place in self._folders:
            return False

        def make() -> bool:
            try:
                self._files.get_directory_client(place).create_directory(
                    match_condition=MatchConditions.IfMissing
                )
            except ResourceExistsError as error:
                if code_of(error) != "PathAlreadyExists":
                    raise
                return False
            return True

        refused: PermissionError | None = None
        try:
            made = self._ask(make, folder)
        except PermissionError as error:  # as of a folder of OneLake that Fabric manages
            made, refused = False, error
        if not made:
            found = self.info(folder)
            if found is None and refused is not None:  # else to be there is enough
                raise refused
            if found is not None and not found.folder:
                raise FileExistsError(17, "a file has that name", self.address(folder))
        self._folders.add(place)
        return made

    def rename(self, source: str, destination: str, *, replace: bool = True, version: str = "") -> None:
        client = self._files.get_file_client(quote(self._path(source)))  # the SDK unquotes it once
        asked: dict[str, Any] = {"match_condition": None if replace else MatchConditions.IfMissing}
        if version:
            asked |= {"source_etag": f'"{version}"', "source_match_condition": MatchConditions.IfNotModified}
        name = f"{self._files.file_system_name}/{self._path(destination)}"

        parent = destination.rpartition("/")[0]

        def move() -> bool:
            try:
                client.rename_file(name, **asked)
            except ResourceNotFoundError as error:
                if code_of(error) != NO_PARENT or self._path(parent) not in self._folders:
                    raise
                self._folders.forget()  # somebody has removed what was there
                self.make_folder(parent)
                client.rename_file(name, **asked)
            return True

        def moved() -> bool | None:
            """Whether a lost answer meant success: the source is gone, and what it was called is there."""
            if self.info(source) is None and self.info(destination) is not None:
                return True
            return None

        self._folders.forget(self._path(source))
        try:
            self._ask(move, source, moved)
        except OSError as error:
            found = self.info(source) if version and error.errno == errno.ESTALE else None
            if found is None or found.version != version:
                raise
            log.warning("%s: the service moves nothing by its version", self.address(source))
            self.rename(source, destination, replace=replace)

    def swap(self, one: str, other: str) -> bool:
        return False

    def delete(self, path: str) -> None:
        place = self._path(path)
        self._folders.forget(place)

        def remove() -> None:
            try:
                self._files.get_directory_client(place).delete_directory()
            except ResourceNotFoundError:
                return

        self._ask(remove, path)

    def sync(self, folder: str) -> None:
        """The service answers when a change is durable."""

    # -- the place itself ---------------------------------------------------------------------

    def lock(self, path: str, holder: Mapping[str, str]) -> AbstractContextManager[None]:
        self.create(path, b"")
        return leased(self._file(path), self.address(path), holder, self._patience)

    def probe(self) -> None:
        path, moved = (f".hygge-{uuid.uuid4().hex}.tmp" for _ in range(2))
        self.replace(path, b"hygge")
        self.rename(path, moved)
        self.delete(moved)

    # -- requests -----------------------------------------------------------------------------

    def _path(self, path: str) -> str:
        return "/".join(part for part in (self._root, path.strip("/")) if part)

    def _file(self, path: str) -> DataLakeFileClient:
        return self._files.get_file_client(self._path(path))

    def _blob(self, path: str) -> BlobClient:
        return self._blobs.get_blob_client(self._path(path))

    def _ask(self, call: Callable[[], T], path: str, settle: Callable[[], T | None] | None = None) -> T:
        return self._patience.ask(call, self.address(path), settle)

    def _put(self, blob: BlobClient, data: bytes, mark: str, *, if_none_match: bool) -> None:
        from azure.storage.blob import ContentSettings

        digest = bytearray(hashlib.md5(data, usedforsecurity=False).digest())
        blob.upload_blob(
            data,
            length=len(data),
            overwrite=not if_none_match,
            metadata={MARK: mark},
            content_settings=ContentSettings(content_md5=digest),
            validate_content=True,
            match_condition=MatchConditions.IfMissing if if_none_match else None,
        )

    def _is_marked(self, blob: BlobClient, mark: str) -> bool:
        try:
            return (blob.get_blob_properties().metadata or {}).get(MARK) == mark
        except ResourceNotFoundError:
            return False

    def _properties(self, path: str) -> FileInfo | None:
        name = path.rpartition("/")[2]
        if not self._path(path):  # the file system itself; if it is not there, a listing tells
            return FileInfo(name="", size=0, folder=True)

        def head() -> FileInfo | None:
            try:
                found = self._blob(path).get_blob_properties()
            except ResourceNotFoundError:
                return None
            folder = (found.metadata or {}).get("hdi_isfolder") == "true"
            changed = int(found.last_modified.timestamp()) * NANO
            return FileInfo(
                name=name,
                size=0 if folder else found.size,
                folder=folder,
                modified_ns=changed,
                version=str(found.etag).strip('"'),
            )

        return self._ask(head, path)

    def _listed(self, folder: str, *, recursive: bool = False) -> Iterator[PathProperties]:
        pages = self._files.get_paths(self._path(folder) or None, recursive=recursive, max_results=PAGE)
        pager = pages.by_page()  # a page that fails leaves it where it was: it may be asked for again

        def page() -> list[PathProperties] | None:
            found = next(pager, None)
            return None if found is None else list(found)

        while (entries := self._ask(page, folder)) is not None:
            self._folders.add(self._path(folder))
            yield from entries


def _entry(one: PathProperties) -> FileInfo:
    return FileInfo(
        name=one.name.rpartition("/")[2],
        size=0 if one.is_directory else int(one.content_length or 0),
        folder=bool(one.is_directory),
        modified_ns=int(one.last_modified.timestamp()) * NANO,
        version=str(one.etag or "").strip('"'),
    )
