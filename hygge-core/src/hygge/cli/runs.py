"""``hygge runs``: what ran, from the journal."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hygge.cli import completing, options
from hygge.cli.command import Command
from hygge.cli.moments import MOMENT, UNTIL
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from hygge.model import Row
    from hygge.roles import Journal

__all__ = ["runs"]


@click.command(cls=Command)
@options.run_id
@options.flow
@click.option(
    "--entity", metavar="NAME", shell_complete=completing.entity_names, help="Only entities of this name."
)
@click.option(
    "--status",
    type=click.Choice(["success", "failed", "skipped", "aborted"]),
    multiple=True,
    help="Only attempts that ended so; may be given more than once.",
)
@click.option(
    "--since", type=MOMENT, metavar="MOMENT", help="Only what began then or later: 12h, 2024-02-29."
)
@click.option("--until", type=UNTIL, metavar="MOMENT", help="Only what began then or earlier.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="At most N attempts; not with an ID.",
)
@click.option("--fold", is_flag=True, help="First gather the journal's log into journal.parquet.")
@click.option("--prune", is_flag=True, help="Remove old attempts instead; see --keep-days and --keep-runs.")
@click.option(
    "--keep-days", type=click.IntRange(min=0), metavar="N", help="Prune: keep what began in the last N days."
)
@click.option(
    "--keep-runs", type=click.IntRange(min=0), metavar="N", help="Prune: keep the newest N runs of each flow."
)
@click.option("--yes", is_flag=True, help="Prune without asking.")
@options.output
@options.project
@click.pass_obj
def runs(
    terminal: Terminal,
    /,
    id: str | None,
    limit: int,
    fold: bool,
    prune: bool,
    keep_days: int | None,
    keep_runs: int | None,
    yes: bool,
    output: str,
    project: Path | None,
    **filters: Any,
) -> int:
    """List finished attempts, newest first; with an ID, all there is to know of a run or an attempt.

    ID may be `last`. --flow and --entity take globs. The same rows are in journal.parquet of the
    journal's folder, for any tool that reads Parquet. --prune removes them from there, never what a
    run goes on from, and makes a backup first.
    """
    chosen = _Filters(**filters)
    _check_usage(prune, keep_days, keep_runs, yes, id, chosen)
    from hygge.cli.logs import log_to
    from hygge.config import load_project
    from hygge.engine.around import new_id
    from hygge.engine.journals import open_journal

    log_to(terminal)
    loaded = load_project(project)
    only = [flow for flow in loaded.flows if flow == chosen.flow]
    with closing(open_journal(loaded, new_id(), only or None)) as journal:
        if prune:
            from hygge.cli.pruning import prune_history

            return prune_history(terminal, journal, output, days=keep_days, runs=keep_runs, sure=yes)
        if fold:
            journal.fold(force=True)
        found = _found(journal, id, limit, chosen)
    _show(terminal, found, output, id, filtered=chosen != _Filters())
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filters:
    flow: str | None = None
    entity: str | None = None
    status: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def __call__(self, row: Row) -> bool:
        began = datetime.fromisoformat(row.started_at)
        return (
            (self.flow is None or row.flow == self.flow or fnmatchcase(row.flow, self.flow))
            and (self.entity is None or row.entity == self.entity or fnmatchcase(row.entity, self.entity))
            and (not self.status or row.status in self.status)
            and (self.since is None or began >= self.since)
            and (self.until is None or began <= self.until)
        )

    @property
    def exact(self) -> dict[str, str]:
        """What the journal itself can filter by."""
        named = {"flow": self.flow, "entity": self.entity}
        return {key: name for key, name in named.items() if name is not None and not set(name) & set("*?[")}


def _check_usage(
    prune: bool, days: int | None, runs: int | None, yes: bool, id: str | None, filters: _Filters
) -> None:
    if not prune and (days is not None or runs is not None or yes):
        raise click.UsageError("--keep-days, --keep-runs and --yes belong to --prune.")
    if prune and days is None and runs is None:
        raise click.UsageError("--prune needs --keep-days N, --keep-runs N, or both.")
    if prune and (id is not None or filters != _Filters()):
        raise click.UsageError("--prune goes by --keep-days and --keep-runs alone.")


def _found(journal: Journal, id: str | None, limit: int, filters: _Filters) -> list[Row]:
    if id is None:
        return list(itertools.islice(filter(filters, journal.rows(**filters.exact)), limit))
    from hygge.engine.again import newest_run, unknown_run

    asked = newest_run(journal) if id == "last" else id
    if asked is None:
        return []
    found = list(journal.rows(run_id=asked)) or list(_attempt(journal, asked))
    if not found:
        raise unknown_run(asked)
    return list(filter(filters, found))


def _attempt(journal: Journal, id: str) -> Iterator[Row]:
    """The rows of one attempt: two where a later run finished what its own had failed to."""
    first = next((row for row in journal.rows() if row.entity_run_id == id), None)
    if first is not None:
        yield from (row for row in journal.rows(run_id=first.run_id) if row.entity_run_id == id)


def _show(terminal: Terminal, found: list[Row], output: str, id: str | None, *, filtered: bool) -> None:
    from hygge.cli import attempts

    if output == "json":
        terminal.document({"runs": [attempts.document(row) for row in found]})
    elif found:
        terminal.out(attempts.table_of(found) if id is None else attempts.whole(found, id))
    elif filtered:
        terminal.say("Nothing that ran is like that. `hygge runs` without filters lists the newest.")
    else:
        terminal.say("Nothing has run yet. `hygge plan` shows what a run would do.")
