"""What a project's files name: flows, entities, tags; from their text alone, no plugin loaded.

For the places that cannot ask a checked project: a flow that is broken, a shell that completes words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hygge.config.files import FlowFiles, find_flows, relative_name
from hygge.config.place import plain
from hygge.config.reader import read_file

__all__ = ["NamedFlow", "is_pattern", "read_journal_folder", "read_names"]


def is_pattern(name: str) -> bool:
    """Whether an entity's name is a glob."""
    return "*" in name or "?" in name


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFlow:
    """One flow as its files name it."""

    name: str
    entities: tuple[str, ...]  # without those that globs stand for
    tags: tuple[str, ...]  # of the flow and of its entities, sorted
    whole: bool  # false: something could not be read, there may be more


def read_names(root: Path) -> tuple[NamedFlow, ...]:
    """The flows below a project's root, sorted by name; nothing that stands in a file is an error."""
    return tuple(_named(files, root) for files in find_flows(root))


def _named(files: FlowFiles, root: Path) -> NamedFlow:
    flow = _read(files.file, root)
    listed = _listed(flow)
    parts = [_read(path, root) for path in files.entity_files]
    names = [*_names(listed), *_names({"name": path.stem, **part} for path, part in _pairs(files, parts))]
    if not names and "entities" not in (flow or {}):
        names = [files.name]
    tags = {tag for part in (flow, *parts, *listed) if isinstance(part, dict) for tag in _tags(part)}
    return NamedFlow(
        name=files.name,
        entities=tuple(dict.fromkeys(name for name in names if not is_pattern(name) and name[0] != "!")),
        tags=tuple(sorted(tag for tag in tags if "${" not in tag)),
        whole=None not in (flow, *parts) and not any("${" in tag for tag in tags),
    )


def _pairs(files: FlowFiles, parts: list[dict[str, Any] | None]) -> Iterator[tuple[Path, dict[str, Any]]]:
    return ((path, part or {}) for path, part in zip(files.entity_files, parts, strict=True))


def _read(path: Path, root: Path) -> dict[str, Any] | None:
    """The file's mapping, empty for an empty file; None where it can't be read."""
    node = read_file(path, relative_name(path, root), [])
    value = None if node is None else plain(node)
    if node is not None and value is None:
        return {}
    return value if isinstance(value, dict) else None


def _listed(flow: dict[str, Any] | None) -> list[Any]:
    listed = (flow or {}).get("entities", [])
    return listed if isinstance(listed, list) else [listed]


def _names(entities: Any) -> Iterator[str]:
    for entity in entities:
        name = entity.get("name") if isinstance(entity, dict) else entity
        if isinstance(name, str) and name:
            yield name


def _tags(part: dict[str, Any]) -> Iterator[str]:
    tags = part.get("tags", [])
    return (tag for tag in (tags if isinstance(tags, list) else [tags]) if isinstance(tag, str))


def read_journal_folder(root: Path) -> Path:
    """Where the journal is, as far as `hygge.yml` says so in plain words; else beside it."""
    said = _read(root / "hygge.yml", root) or {}
    journal = said.get("journal")
    location = journal.get("location", "auto") if isinstance(journal, dict) else "auto"
    in_project = location in ("auto", "project", "store")  # what lies beside data is not asked for here
    return root / (".hygge_journal" if in_project else Path(location).expanduser())
