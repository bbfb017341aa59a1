"""``hygge retry``: run again what did not succeed."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.figures import plural
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from hygge.config import Project
    from hygge.engine.again import Again

__all__ = ["retry"]


@click.command(cls=Command)
@options.run_id
@options.run_types
@options.settings
@options.concurrency
@options.fail_fast
@options.log_format
@options.output
@options.project
@click.pass_obj
def retry(
    terminal: Terminal,
    /,
    id: str | None,
    project: Path | None,
    output: str,
    log_format: str,
    full_drop: bool,
    incremental: bool,
    settings: tuple[str, ...],
    **given: Any,
) -> int:
    """Run again the entities that failed, or were stopped, in the last run or in the one with this ID.

    What a later run has moved since is left out. Whether that run was a full drop or incremental is
    known from the journal; --set and --adopt have to be said again.
    """
    run_type = options.run_type_of(full_drop, incremental)
    terminal.json_lines = log_format == "json"
    from hygge.cli.logs import log_to
    from hygge.cli.moving import move
    from hygge.config import load_project
    from hygge.engine.again import left_of

    log_to(terminal)
    loaded = load_project(project, settings)
    left = left_of(loaded, None if id == "last" else id)
    for flow, entity in left.gone:
        terminal.say(f"{flow}.{entity} is no longer in the project and is left out.", level="warning")
    if not left.entities:
        return _nothing(terminal, output, loaded, left)
    terminal.say(_announced(left))
    return move(
        terminal,
        project,
        output,
        # as names, not as globs that they may look like
        select=[f"{flow}.{glob.escape(entity)}" for flow, entity in left.entities],
        run_type=run_type or left.run_type,
        settings=settings,
        **given,
    )


def _announced(left: Again) -> str:
    said = f"{plural(len(left.entities), 'entity', 'entities')} of run {left.run_id} again"
    asked = {"full_drop": "--full-drop", "incremental": "--incremental"}
    return f"{said}, {asked[left.run_type]} as then." if left.run_type else f"{said}."


def _nothing(terminal: Terminal, output: str, project: Project, left: Again) -> int:
    if output == "json":
        from hygge.engine.around import now

        at = now()
        document = {"run_id": None, "project": project.name, "status": "success", "started_at": at}
        terminal.document(document | {"finished_at": at, "seconds": 0.0, "entities": []})
    if left.run_id is None:
        terminal.say("Nothing to retry: nothing has run yet. `hygge run` moves everything.")
    elif left.since:
        failed = plural(len(left.since), "entity", "entities")
        terminal.say(f"Nothing to retry: what failed in run {left.run_id} ({failed}) was moved since.")
    else:
        terminal.say(f"Nothing to retry: nothing of run {left.run_id} is left to do.")
    return 0
