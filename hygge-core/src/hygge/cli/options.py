"""Options that several commands share, so that they mean and read the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hygge.cli import completing
from hygge.model import RunType

__all__ = [
    "backfill",
    "concurrency",
    "entity",
    "fail_fast",
    "flow",
    "log_format",
    "output",
    "project",
    "run_id",
    "run_type_of",
    "run_types",
    "selection",
    "settings",
    "terms",
    "window",
]

if TYPE_CHECKING:
    from hygge.flow.item import Backfill

F = TypeVar("F", bound=Callable[..., Any])

project = click.option(
    "--project",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A folder of the project; without it the one you are in. hygge.yml is looked for upwards from it.",
)
output = click.option(
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How stdout is written; json: exactly one document.",
)
settings = click.option(
    "--set",
    "settings",
    metavar="FLOW.PATH=VALUE",
    multiple=True,
    help="Change a key of a flow for this once: --set erp.home.path=copy.db",
)


terms = click.argument(
    "select", metavar="[FLOW|FLOW.ENTITY|tag:T]...", nargs=-1, shell_complete=completing.terms
)
entity = click.argument("entity", metavar="FLOW.ENTITY", shell_complete=completing.entities)
run_id = click.argument("id", metavar="[ID]", required=False, shell_complete=completing.run_ids)
flow = click.option("--flow", metavar="FLOW", shell_complete=completing.flows, help="Only this flow.")
concurrency = click.option(
    "--concurrency", type=click.IntRange(min=1), metavar="N", help="How many entities are read at a time."
)
fail_fast = click.option("--fail-fast", is_flag=True, help="Stop the others as soon as one entity fails.")
log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How messages on stderr are written; json: one object a line.",
)


def selection(command: F) -> F:
    """``[FLOW|FLOW.ENTITY|tag:T ...] [--exclude TERM]``, as ``select`` and ``exclude``."""
    command = click.option(
        "--exclude",
        metavar="TERM",
        multiple=True,
        shell_complete=completing.terms,
        help="Leave out a FLOW, FLOW.ENTITY or tag:T; globs are allowed.",
    )(command)
    return terms(command)


def window(command: F) -> F:
    """``--from V --to V``, as ``lower`` and ``upper``; see `backfill`."""
    command = click.option(
        "--to",
        "upper",
        metavar="V",
        help="The last watermark value of a backfill.",
    )(command)
    return click.option(
        "--from",
        "lower",
        metavar="V",
        help="Complete what is there from this watermark value on; no watermark moves.",
    )(command)


def backfill(lower: str | None, upper: str | None) -> Backfill | None:
    """The window that the command line asked for."""
    from hygge.flow.item import Backfill

    return Backfill(lower=lower, upper=upper) if lower is not None or upper is not None else None


def run_types(command: F) -> F:
    """``--full-drop``, ``--incremental`` and ``--adopt``; see `run_type_of`."""
    command = click.option(
        "--adopt",
        is_flag=True,
        help="With a full drop: replace data at the destination that hygge did not write.",
    )(command)
    command = click.option(
        "--incremental", is_flag=True, help="Move only what is new, whatever the flow's run_type says."
    )(command)
    return click.option(
        "--full-drop", is_flag=True, help="Replace the destination with the source, whatever run_type says."
    )(command)


def run_type_of(full_drop: bool, incremental: bool) -> RunType | None:
    """The run type that the command line asked for; None: each flow's own."""
    if full_drop and incremental:
        raise click.UsageError("--full-drop and --incremental contradict each other.")
    return "full_drop" if full_drop else "incremental" if incremental else None
