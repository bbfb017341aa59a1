"""``hygge runs``: what ran, from the journal."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.figures import count, table
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from hygge.model import Row
    from hygge.roles import Journal

__all__ = ["runs"]


@click.command(cls=Command)
@click.argument("id", metavar="[ID]", required=False)
@click.option("--flow", metavar="FLOW", help="Only this flow.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="At most N rows."
)
@click.option("--fold", is_flag=True, help="First gather the journal's log into journal.parquet.")
@options.output
@options.project
@click.pass_obj
def runs(
    terminal: Terminal,
    /,
    id: str | None,
    flow: str | None,
    limit: int,
    fold: bool,
    output: str,
    project: Path | None,
) -> int:
    """List finished attempts, newest first; with the ID of a run or an attempt, all there is to know.

    The same rows are in journal.parquet of the journal's folder, for any tool that reads Parquet.
    """
    from hygge.cli.logs import log_to
    from hygge.config import load_project
    from hygge.engine.around import new_id
    from hygge.engine.session import open_journal

    log_to(terminal)
    journal = open_journal(load_project(project), new_id())
    try:
        if fold:
            journal.fold(force=True)
        found = list(_by_id(journal, id, flow) if id else itertools.islice(journal.rows(flow=flow), limit))
    finally:
        journal.close()
    if id and not found:
        raise _unknown(id)
    _show(terminal, found, output, whole=id is not None)
    return 0


def _by_id(journal: Journal, id: str, flow: str | None) -> Iterator[Row]:
    of_run = list(journal.rows(flow=flow, run_id=id))
    return iter(of_run) if of_run else (row for row in journal.rows(flow=flow) if row.entity_run_id == id)


def _unknown(id: str) -> Exception:
    from hygge.errors import ConfigurationError

    return ConfigurationError(
        f"the journal knows no run and no attempt {id!r}",
        code="HYG111",
        remedy="`hygge runs` lists the newest; the first column is the run's id.",
    )


def _show(terminal: Terminal, found: list[Row], output: str, *, whole: bool) -> None:
    if output == "json":
        from hygge.codec import to_builtins

        terminal.document({"runs": [to_builtins(row) for row in found]})
    elif whole:
        terminal.out("\n\n".join(_block(row) for row in found))
    elif found:
        terminal.out(_table(found))
    else:
        terminal.say("Nothing has run yet. `hygge plan` shows what a run would do.")


def _table(found: list[Row]) -> str:
    return table(
        ["run", "started", "entity", "status", "mode", ">rows", "verdict", "message"],
        [
            [
                row.run_id,
                _moment(row.started_at),
                f"{row.flow}.{row.entity}",
                row.status,
                row.mode,
                count(row.rows_written),
                row.verdict,
                _first_line(row.message),
            ]
            for row in found
        ],
    )


def _block(row: Row) -> str:
    mark = row.watermark_column
    facts = {
        "run": row.run_id,
        "attempt": row.entity_run_id,
        "status": row.status,
        "message": row.message,
        "mode": f"{row.mode} ({row.run_type})",
        "source": row.source_identity,
        "target": row.target_identity,
        "started": _moment(row.started_at),
        "finished": _moment(row.finished_at),
        "rows read": count(row.rows_read),
        "written": f"{count(row.rows_written)} rows, {count(row.bytes_written)} bytes",
        "verdict": row.verdict,
        "watermark": f"{mark} ({row.watermark_type}) from {row.watermark_lower or 'the beginning'} "
        f"to {row.watermark_upper}"
        if mark
        else "",
        "schema": row.schema_fingerprint,
        "hygge": row.hygge_version,
    }
    lines = [f"{row.flow}.{row.entity}"]
    for name, value in facts.items():
        if value:
            lines.append(f"  {name:<10} " + value.replace("\n", f"\n  {'':<10} "))
    return "\n".join(lines)


def _moment(text: str) -> str:
    """An ISO 8601 moment in UTC, to the second."""
    return text[:19].replace("T", " ") + "Z"


def _first_line(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 60 else line[:59] + "…"
