"""``hygge state``: where entities stand, and the user's ways to change that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.figures import moment, table
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from hygge.config import Project
    from hygge.engine.by_hand import Changed
    from hygge.model import Head, Receipt

__all__ = ["state"]

SHOWN = 40  # characters of a position


@click.group(invoke_without_command=True)
@options.output
@options.project
@click.pass_context
def state(context: click.Context, output: str, project: Path | None) -> int | None:
    """See or change where entities stand; without a command, see. Each change first makes a backup."""
    if context.invoked_subcommand is None:
        shown: int = context.invoke(get, select=(), output=output, project=project)
        return shown
    if output != "text" or project is not None:
        raise click.UsageError(f"Write --output and --project behind {context.invoked_subcommand!r}.")
    return None


@state.command(cls=Command, short_help="Show how far each entity is.")
@options.terms
@options.output
@options.project
@click.pass_obj
def get(terminal: Terminal, /, select: tuple[str, ...], output: str, project: Path | None) -> int:
    """Show each entity's watermark, its last commit, and what an earlier run left open."""
    from hygge.cli.logs import log_to
    from hygge.config import load_project
    from hygge.engine.state import get_state

    log_to(terminal)
    heads = get_state(load_project(project), select)
    if output == "json":
        terminal.document({"entities": [_document(label, head) for label, head in heads.items()]})
    else:
        terminal.out(_table(heads))
    return 0


@state.command(
    "set",
    cls=Command,
    short_help="Go on from another watermark value.",
    context_settings={"ignore_unknown_options": True},  # -5 is a value
)
@options.entity
@click.argument("watermark", metavar="WATERMARK")
@click.option("--yes", is_flag=True, help="Also where rows are left out, or appended a second time.")
@options.output
@options.project
@click.pass_obj
def set_(
    terminal: Terminal, /, entity: str, watermark: str, yes: bool, output: str, project: Path | None
) -> int:
    """Let the next incremental run of the entity go on from WATERMARK.

    Where the home counts by itself what is new, that is `start`: all that the source holds now.

    Backwards, rows come again: a store that upserts writes them over, one that appends has them twice
    (`hygge run --from` adds only what is missing). Forwards, the rows between are left out. Only the
    journal knows the value until a run commits; `hygge state adopt` undoes it.
    """
    from hygge.engine.set_watermark import set_watermark

    return _change(
        terminal, "set", lambda found: set_watermark(found, entity, watermark, sure=yes), output, project
    )


@state.command(cls=Command, short_help="Start an entity over: its next run replaces the destination.")
@options.entity
@options.output
@options.project
@click.pass_obj
def reset(terminal: Terminal, /, entity: str, output: str, project: Path | None) -> int:
    """Start the entity over: its next run replaces the destination, whatever its run type."""
    from hygge.engine import state as states

    return _change(terminal, "reset", lambda found: states.reset(found, entity), output, project)


@state.command(cls=Command, short_help="Go on from what is at the destination now.")
@options.entity
@options.output
@options.project
@click.pass_obj
def adopt(terminal: Terminal, /, entity: str, output: str, project: Path | None) -> int:
    """Take the destination as it is, and the flow as it is defined now, for the truth; go on from there."""
    from hygge.engine import state as states

    return _change(terminal, "adopt", lambda found: states.adopt(found, entity), output, project)


@state.command(cls=Command, short_help="Give up a job that was sealed and is not visible.")
@options.entity
@click.option(
    "--yes", is_flag=True, help="Also if its destination can't be reached; what it staged stays there."
)
@options.output
@options.project
@click.pass_obj
def discard(terminal: Terminal, /, entity: str, yes: bool, output: str, project: Path | None) -> int:
    """Give up a job that an earlier run sealed; refused once a part of it is visible."""
    from hygge.engine import state as states

    def give_up(found: Project) -> Changed:
        return states.discard(found, entity, unseen=yes)

    return _change(terminal, "discard", give_up, output, project)


def _change(
    terminal: Terminal, what: str, change: Callable[[Any], Changed], output: str, project: Path | None
) -> int:
    from hygge.cli.logs import log_to
    from hygge.codec import to_builtins
    from hygge.config import load_project

    log_to(terminal)
    made = change(load_project(project))
    if output == "json":
        marks = {"before": made.before, "after": made.after} if made.after else {}
        terminal.document(
            {"entity": made.label, "change": what, "what": made.what, "backup": made.backup}
            | {name: to_builtins(mark) for name, mark in marks.items()}
        )
    else:
        terminal.out(f"{made.label}: {made.what}")
    if made.backup is None:
        terminal.say("Nothing was changed.")
    else:
        terminal.say(f"The journal as it was before is in {made.backup}")
    return 0


def _document(label: str, head: Head) -> dict[str, Any]:
    from hygge.codec import to_builtins

    receipt, mark = head.receipt, head.receipt.watermark if head.receipt else None
    flow, _, entity = label.partition(".")
    return {
        "flow": flow,
        "entity": entity,
        "watermark": to_builtins(mark) if mark else None,
        "position": receipt.position if receipt else None,
        "restart": receipt.restart if receipt else False,
        "job": receipt.job_id if receipt else None,
        "number": receipt.number if receipt else None,
        "committed_at": receipt.committed_at if receipt else None,
        "source": receipt.source_identity if receipt else None,
        "target": receipt.target_identity if receipt else None,
        "open_job": head.job.id if head.job else None,
        "sealed": head.plan is not None,
        "reset": head.reset,
    }


def _table(heads: dict[str, Head]) -> str:
    return table(
        ["entity", "watermark", "last commit", "job", "next run"],
        [[label, *_cells(head)] for label, head in heads.items()],
    )


def _cells(head: Head) -> list[str]:
    receipt = head.receipt
    mark = receipt.watermark if receipt else None
    return [
        f"{mark.column} {mark.value} ({mark.type})" if mark else _position(receipt),
        moment(receipt.committed_at) if receipt else "never",
        receipt.job_id if receipt else "-",
        _next(head),
    ]


def _position(receipt: Receipt | None) -> str:
    """Where a home stands that counts by itself, in its own words."""
    if receipt is not None and receipt.restart:
        return "start"
    if receipt is None or receipt.position is None or receipt.run_type != "incremental":
        return "-"
    said = receipt.position
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}..."


def _next(head: Head) -> str:
    if head.job is not None:
        end = "finishes" if head.plan is not None else "cleans up"
        return f"first {end} job {head.job.id}"
    return "replaces the destination" if head.reset else "as configured" if head.receipt else "the first"
