"""``hygge plan``: what a run would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.figures import plural
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from hygge.engine.preview import Preview
    from hygge.errors import HyggeError

__all__ = ["plan"]


@click.command(cls=Command)
@options.selection
@options.run_types
@options.window
@options.settings
@options.output
@options.project
@click.option(
    "--preview", "rows", type=click.IntRange(0), default=0, metavar="N", help="Show the first N rows, too."
)
@click.pass_obj
def plan(
    terminal: Terminal,
    /,
    project: Path | None,
    output: str,
    full_drop: bool,
    incremental: bool,
    lower: str | None,
    upper: str | None,
    **given: Any,
) -> int:
    """Show what `hygge run` would do with the same words: mode, SQL, window, target, guarantee.

    Asks source, destination and journal, and touches nothing. Ends with 1 if an entity would be refused.
    """
    run_type = options.run_type_of(full_drop, incremental)
    from hygge.cli.logs import log_to
    from hygge.cli.signals import ending
    from hygge.engine.preview import preview_project

    log_to(terminal)
    with ending():
        previews = preview_project(
            project, run_type=run_type, backfill=options.backfill(lower, upper), **given
        )
    refused = [one for one in previews if one.error is not None]
    if output == "json":
        status = "failed" if refused else "success"
        terminal.document({"status": status, "entities": [_document(one) for one in previews]})
    else:
        terminal.out("\n\n".join(_block(one) for one in previews))
    if refused:
        total = plural(len(previews), "entity", "entities")
        terminal.say(f"A run would refuse {len(refused)} of {total}.", level="error")
    return _exit_code([one.error for one in refused])


def _exit_code(errors: list[HyggeError | None]) -> int:
    """A run would count an entity that fails for any reason as failed; a missing driver says so."""
    from hygge.errors import MissingConnector

    if errors and all(isinstance(error, MissingConnector) for error in errors):
        return MissingConnector.exit_code
    return 1 if errors else 0


def _document(one: Preview) -> dict[str, Any]:
    window = one.window
    return {
        "flow": one.flow,
        "entity": one.entity,
        "run_type": one.run_type,
        "mode": one.mode,
        "source": one.source,
        "target": one.target,
        "statement": one.statement,
        "watermark": None
        if window is None
        else {"column": window.column, "type": window.type, "lower": window.lower, "upper": window.upper},
        "splits": one.splits,
        "replaces": one.replaces,
        "guarantee": one.guarantee,
        "columns": [{"name": name, "type": kind} for name, kind in one.columns],
        "rows": [list(row) for row in one.rows or ()],
        "notes": list(one.notes),
        "error": None if one.error is None else {"code": one.error.code, "message": str(one.error)},
    }


def _block(one: Preview) -> str:
    facts = [
        ("mode", f"{one.mode} ({one.run_type})" if one.mode else one.run_type),
        ("source", one.source),
        ("target", one.target),
        ("reads", one.statement),
        ("window", _window(one)),
        ("splits", str(one.splits) if one.splits else ""),
        ("replaces", one.replaces),
        ("guarantee", one.guarantee),
        ("columns", ", ".join(f"{name} {kind}" for name, kind in one.columns)),
        ("rows", _rows(one)),
        *(("note", note) for note in one.notes),
        ("refused", "" if one.error is None else f"{one.error.code}: {one.error}"),
    ]
    lines = [f"{one.flow}.{one.entity}"]
    for name, value in facts:
        if value:
            first, *rest = value.split("\n")
            lines += [f"  {name:<10} {first}", *(f"  {'':<10} {line}" for line in rest)]
    return "\n".join(lines)


def _rows(one: Preview) -> str:
    if not one.rows:
        return "" if one.rows is None else "none: there is nothing to read"
    from hygge.cli.grid import grid

    return grid([name for name, _ in one.columns], one.rows)


def _window(one: Preview) -> str:
    window = one.window
    if window is None:
        return ""
    lower = window.lower if window.lower is not None else "the beginning"
    upper = window.upper if window.upper is not None else "nothing: no row has a value"
    nulls = "; rows without a value, too" if window.nulls else ""
    return f"{window.column} ({window.type or 'type unknown'}) from {lower} to {upper}{nulls}"
