"""``hygge retry``: run again what did not succeed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.figures import plural
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
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
    adopt: bool,
    settings: tuple[str, ...],
    **given: Any,
) -> int:
    """Run again the entities that failed, or were stopped, in the last run or in the one with this ID.

    What a later run has moved since is left out. What that run was asked for (--full-drop, --from, --to,
    --adopt, --set) is known from the journal and asked for again; what is said anew counts more.
    """
    run_type = options.run_type_of(full_drop, incremental)
    terminal.json_lines = log_format == "json"
    from hygge.cli.logs import log_to
    from hygge.cli.moving import move
    from hygge.engine.again import left_of
    from hygge.engine.asked import said_again

    log_to(terminal)
    left = left_of(project, None if id == "last" else id, settings)
    for flow, entity in left.gone:
        terminal.say(f"{flow}.{entity} is no longer in the project and is left out.", level="warning")
    if not left.entities or left.run_id is None:
        return _nothing(terminal, output, left)
    terminal.say(_announced(left))
    again = said_again(left.asked, left.run_id, run_type, adopt, settings)
    return move(
        terminal,
        project,
        output,
        select=left.terms,
        exclude=left.excluded,
        run_type=again.run_type,
        adopt=again.adopt,
        backfill=options.backfill(again.lower, again.upper),
        settings=again.settings,
        **given,
    )


def _announced(left: Again) -> str:
    from hygge.engine.asked import words

    said = f"{plural(len(left.entities), 'entity', 'entities')} of run {left.run_id} again"
    return f"{said}, which was asked for {words(left.asked)}." if left.asked else f"{said}."


def _nothing(terminal: Terminal, output: str, left: Again) -> int:
    if output == "json":
        from hygge.engine.around import now

        at = now()
        document = {"run_id": None, "project": left.project.name, "status": "success", "started_at": at}
        terminal.document(document | {"finished_at": at, "seconds": 0.0, "entities": []})
    if left.run_id is None:
        terminal.say("Nothing to retry: nothing has run yet. `hygge run` moves everything.")
    elif left.since:
        failed = plural(len(left.since), "entity", "entities")
        terminal.say(f"Nothing to retry: what failed in run {left.run_id} ({failed}) was moved since.")
    else:
        terminal.say(f"Nothing to retry: nothing of run {left.run_id} is left to do.")
    return 0
