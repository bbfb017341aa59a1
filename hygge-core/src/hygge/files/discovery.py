"""Which files an entity is read from: one file, a folder, or what a glob finds.

Of a folder the files in it and below its ``key=value`` folders are read; any other folder in it is
an entity of its own. Nothing is data whose name, or that of a folder above it, begins with ``_`` or ``.``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeAlias
from urllib.parse import unquote

from hygge.errors import DataError
from hygge.files.filesystem import FileInfo, FileSystem
from hygge.placeholders import ENTITY, fill_path

__all__ = ["Content", "Found", "Listing", "discover", "entities", "is_glob", "split_pattern"]

Content: TypeAlias = tuple[int, int, str]  # size in bytes, nanoseconds of the last change, version
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_GLOB = re.compile(r"[*?\[]")
_PARTITION = re.compile(r"([^=]+)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One file of an entity; ``path`` is relative to the root of the file system."""

    path: str
    size: int
    modified_ns: int
    version: str = ""
    partitions: tuple[tuple[str, str | None], ...] = ()  # keys and values of the folders above it

    @property
    def content(self) -> Content:
        """What tells this content of the file from another."""
        return self.size, self.modified_ns, self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is read, and what lies there and is not."""

    place: str  # folder, file or glob, relative to the root
    files: tuple[Found, ...]
    passed_over: int = 0  # files with another suffix


def split_pattern(path: str) -> tuple[str, str]:
    """A configured path as the longest folder without glob or placeholder, and the rest below it."""
    parts = path.split("/")
    fixed = next((n for n, part in enumerate(parts) if _GLOB.search(part) or ENTITY in part), len(parts))
    return "/".join(parts[:fixed]) or "/", "/".join(parts[fixed:])


def is_glob(pattern: str) -> bool:
    """Whether the path holds ``*``, ``?`` or ``[``."""
    return _GLOB.search(pattern) is not None


def discover(files: FileSystem, pattern: str, entity: str, suffixes: Sequence[str]) -> Listing:
    """The files of an entity, sorted by path. Raises `DataError` HYG302 where there is no such place.

    ``pattern`` is what `split_pattern` left below the root; empty: the root itself.
    """
    listing = _listing(files, pattern, entity, suffixes)
    for one in listing.files:
        _refuse_no_text(one.path)
    return listing


def _listing(files: FileSystem, pattern: str, entity: str, suffixes: Sequence[str]) -> Listing:
    if is_glob(pattern):
        place = fill_path(pattern, _escaped(entity))
        found = sorted({one.path: one for one in _matching(files, "", place.split("/"), suffixes)}.items())
        return Listing(place=place, files=tuple(one for _, one in found))
    place = fill_path(pattern, entity)
    info = files.info(place)
    if info is None:
        raise DataError(
            f"there is no file or folder {files.address(place)}",
            code="HYG302",
            remedy="Check home.path; relative paths start at the project's folder.",
        )
    if not info.folder:
        return Listing(place=place, files=(_found(place, info, ()),))
    if ENTITY not in pattern:
        place = _own_folder(files, place, entity)
    return _folder(files, place, suffixes)


def entities(files: FileSystem, pattern: str, suffixes: Sequence[str]) -> Sequence[str]:
    """Names that could be entities: what ``{entity}`` matches, or the subfolders that hold data."""
    if ENTITY in pattern:
        return sorted(set(_named(files, pattern, suffixes)))
    if is_glob(pattern):
        return []
    found = [
        entry.name
        for entry in files.list(pattern)
        if entry.folder and _is_data(entry.name) and _holds_data(files, _below(pattern, entry.name), suffixes)
    ]
    for name in found:
        _refuse_no_text(name)
    return found


def _own_folder(files: FileSystem, place: str, entity: str) -> str:
    """The subfolder named like the entity, or the folder itself."""
    plain = entity not in (".", "..") and "/" not in entity and _is_data(entity)
    info = files.info(_below(place, entity)) if plain else None
    return _below(place, entity) if info is not None and info.folder else place


def _folder(files: FileSystem, place: str, suffixes: Sequence[str]) -> Listing:
    found: list[Found] = []
    passed_over = 0
    for one in _walk(files, place, ()):
        if one.path.lower().endswith(tuple(suffixes)):
            found.append(one)
        else:
            passed_over += 1
    found.sort(key=lambda one: one.path)
    return Listing(place=place, files=tuple(found), passed_over=passed_over)


def _walk(files: FileSystem, folder: str, partitions: tuple[tuple[str, str | None], ...]) -> Iterator[Found]:
    for entry in files.list(folder):
        path = _below(folder, entry.name)
        if not _is_data(entry.name):
            continue
        if not entry.folder:
            yield _found(path, entry, partitions)
        elif pair := _partition(entry.name):
            yield from _walk(files, path, (*partitions, pair))


def _matching(
    files: FileSystem,
    folder: str,
    segments: Sequence[str],
    suffixes: Sequence[str],
    partitions: tuple[tuple[str, str | None], ...] = (),
) -> Iterator[Found]:
    first, rest = segments[0], segments[1:]
    if first == "**":
        yield from _matching(files, folder, rest or ["*"], suffixes, partitions)
    for entry in files.list(folder):
        path = _below(folder, entry.name)
        if not _is_data(entry.name):
            continue
        pair = _partition(entry.name) if entry.folder else None
        below = (*partitions, pair) if pair else partitions
        if first == "**":
            if entry.folder:
                yield from _matching(files, path, segments, suffixes, below)
        elif not fnmatchcase(entry.name, first):
            continue
        elif entry.folder and rest:
            yield from _matching(files, path, rest, suffixes, below)
        elif entry.folder:
            yield from (
                one for one in _walk(files, path, below) if one.path.lower().endswith(tuple(suffixes))
            )
        elif not rest and (first != "*" or entry.name.lower().endswith(tuple(suffixes))):
            yield _found(path, entry, partitions)


def _named(files: FileSystem, pattern: str, suffixes: Sequence[str]) -> Iterator[str]:
    """What stands for ``{entity}`` in the first segment of ``pattern`` that holds it."""
    segments = pattern.split("/")
    at = next(n for n, segment in enumerate(segments) if ENTITY in segment)
    before, head, is_last = "/".join(segments[:at]), segments[at], at == len(segments) - 1
    if _GLOB.search(before):
        return
    spelled = re.compile(
        re.escape(head).replace(re.escape(ENTITY), "(.+)", 1).replace(re.escape(ENTITY), r"\1")
    )
    for entry in files.list(before):
        match = spelled.fullmatch(entry.name)
        if not match or not _is_data(entry.name):
            continue
        if not is_last:
            wanted = entry.folder
        elif entry.folder:
            wanted = _holds_data(files, _below(before, entry.name), suffixes)
        else:  # a bare {entity} would make any file one
            wanted = head != ENTITY or entry.name.lower().endswith(tuple(suffixes))
        if wanted:
            yield match[1]


def _holds_data(files: FileSystem, folder: str, suffixes: Sequence[str]) -> bool:
    """Whether the folder is an entity's: no partition of another, and not without files."""
    name = folder.rpartition("/")[2]
    endings = tuple(suffixes)
    return not _PARTITION.fullmatch(name) and any(
        one.path.lower().endswith(endings) for one in _walk(files, folder, ())
    )


def _found(path: str, info: FileInfo, partitions: tuple[tuple[str, str | None], ...]) -> Found:
    return Found(
        path=path,
        size=info.size,
        modified_ns=info.modified_ns,
        version=info.version,
        partitions=partitions,
    )


def _partition(name: str) -> tuple[str, str | None] | None:
    match = _PARTITION.fullmatch(name)
    if match is None:
        return None
    return unquote(match[1]), None if match[2] == NULL_PARTITION else unquote(match[2])


def _is_data(name: str) -> bool:
    return name[:1] not in ("_", ".", "")


def _refuse_no_text(path: str) -> None:
    """A name in another encoding could not be kept in a plan or position."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raise DataError(
            f"the name {path!a} is no UTF-8",
            code="HYG302",
            remedy="Rename that file or folder, or name the others with a glob.",
        ) from None


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _escaped(entity: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", entity)
