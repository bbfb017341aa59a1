"""The words that a shell may complete: flows, entities, tags and runs, read from files alone.

No plugin is loaded, nothing is checked and no error is shown: a shell that asks in the middle of a
line gets what can be told, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hygge.config.names import NamedFlow

__all__ = ["codes", "entities", "entity_names", "flows", "run_ids", "terms"]

Complete = Callable[[click.Context, click.Parameter, str], list[str]]
MOST_RUNS = 50


def _quietly(words: Callable[[Path], Iterable[str]]) -> Complete:
    """The words that begin as the incomplete one does, of the project that the line is about."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        from hygge.config.project import find_project

        try:
            root = find_project(ctx.params.get("project"))
            return [word for word in dict.fromkeys(words(root)) if word.startswith(incomplete)]
        except Exception:  # the shell's edge: a message would land in the middle of the user's line
            return []

    return complete


def _names(root: Path) -> Sequence[NamedFlow]:
    from hygge.config.names import read_names

    return read_names(root)


def _entities(root: Path) -> Iterator[str]:
    for flow in _names(root):
        yield from (f"{flow.name}.{name}" for name in flow.entities)


def _entity_names(root: Path) -> Iterable[str]:
    return sorted({name for flow in _names(root) for name in flow.entities})


def _terms(root: Path) -> Iterator[str]:
    found = _names(root)
    yield from (flow.name for flow in found)
    for flow in found:
        if flow.entities != (flow.name,):  # else the flow's own name says it
            yield from (f"{flow.name}.{name}" for name in flow.entities)
    yield from sorted({f"tag:{tag}" for flow in found for tag in flow.tags})


def _run_ids(root: Path) -> Iterator[str]:
    """Those of the newest segments: the snapshot would need Arrow."""
    from hygge.config.names import read_journal_folder
    from hygge.files.local import LocalFileSystem
    from hygge.journal.segment import read_segment, segments

    files = LocalFileSystem(read_journal_folder(root))
    yield "last"
    newest = sorted((segment.name for segment in segments(files)), reverse=True)
    for name in islice(newest, MOST_RUNS):
        content = read_segment(files, name)
        yield from (entry.row.run_id for _, entry in reversed(content.entries) if entry.row is not None)


flows = _quietly(lambda root: (flow.name for flow in _names(root)))
entities = _quietly(_entities)
entity_names = _quietly(_entity_names)
terms = _quietly(_terms)
run_ids = _quietly(_run_ids)


def codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Error codes; they need no project."""
    from hygge.errors import CODES

    return [code for code in CODES if code.startswith(incomplete.upper())]
