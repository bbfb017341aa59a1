"""``hygge state``: where entities stand, and the user's ways to change that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.figures import table
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from hygge.model import Head

__all__ = ["state"]


@click.group(invoke_without_command=True)
@click.pass_context
def state(context: click.Context) -> int | None:
    """See or change where entities stand; without a command, see. Each change first makes a backup."""
    if context.invoked_subcommand is not None:
        return None
    shown: int = context.invoke(get, select=(), output="text", project=None)
    return shown


@state.command(cls=Command, short_help="Show how far each entity is.")
@click.argument("select", metavar="[FLOW|FLOW.ENTITY]...", nargs=-1)
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


@state.command(cls=Command, short_help="Start an entity over: its next run replaces the destination.")
@click.argument("entity", metavar="FLOW.ENTITY")
@options.output
@options.project
@click.pass_obj
def reset(terminal: Terminal, /, entity: str, output: str, project: Path | None) -> int:
    """Start the entity over: its next run replaces the destination, whatever its run type."""
    return _change("reset", terminal, entity, output, project)


@state.command(cls=Command, short_help="Go on from what is at the destination now.")
@click.argument("entity", metavar="FLOW.ENTITY")
@options.output
@options.project
@click.pass_obj
def adopt(terminal: Terminal, /, entity: str, output: str, project: Path | None) -> int:
    """Take the destination as it is, and the flow as it is defined now, for the truth; go on from there."""
    return _change("adopt", terminal, entity, output, project)


@state.command(cls=Command, short_help="Give up a job that was sealed and is not visible.")
@click.argument("entity", metavar="FLOW.ENTITY")
@options.output
@options.project
@click.pass_obj
def discard(terminal: Terminal, /, entity: str, output: str, project: Path | None) -> int:
    """Give up a job that an earlier run sealed; refused once a part of it is visible."""
    return _change("discard", terminal, entity, output, project)


def _change(what: str, terminal: Terminal, entity: str, output: str, project: Path | None) -> int:
    from hygge.cli.logs import log_to
    from hygge.config import load_project
    from hygge.engine import state as states

    log_to(terminal)
    made = getattr(states, what)(load_project(project), entity)
    if output == "json":
        terminal.document({"entity": made.label, "change": what, "what": made.what, "backup": made.backup})
    else:
        terminal.out(f"{made.label}: {made.what}")
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
        f"{mark.column} {mark.value} ({mark.type})" if mark else "-",
        receipt.committed_at[:19].replace("T", " ") + "Z" if receipt else "never",
        receipt.job_id if receipt else "-",
        _next(head),
    ]


def _next(head: Head) -> str:
    if head.job is not None:
        end = "finishes" if head.plan is not None else "cleans up"
        return f"first {end} job {head.job.id}"
    return "replaces the destination" if head.reset else "as configured" if head.receipt else "the first"
