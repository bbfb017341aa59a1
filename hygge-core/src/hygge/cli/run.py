"""``hygge run``: move the selected entities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.terminal import Terminal

__all__ = ["run"]


@click.command(cls=Command)
@options.selection
@options.run_types
@options.window
@options.settings
@options.concurrency
@options.fail_fast
@options.log_format
@options.output
@options.project
@click.pass_obj
def run(
    terminal: Terminal,
    /,
    project: Path | None,
    output: str,
    log_format: str,
    full_drop: bool,
    incremental: bool,
    lower: str | None,
    upper: str | None,
    **given: Any,
) -> int:
    """Move the selected entities; all of the project's without a selection.

    A term is a FLOW, a FLOW.ENTITY or a tag:T; globs are allowed. What an earlier run left unfinished
    is finished or cleaned up first.
    """
    run_type = options.run_type_of(full_drop, incremental)
    terminal.json_lines = log_format == "json"
    from hygge.cli.logs import log_to
    from hygge.cli.moving import move

    log_to(terminal)
    backfill = options.backfill(lower, upper)
    return move(terminal, project, output, run_type=run_type, backfill=backfill, **given)
