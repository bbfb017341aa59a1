"""``hygge runs --prune``: old attempts out of the journal's history, on the user's word."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from hygge.cli.figures import count, moment, plural
from hygge.cli.terminal import Terminal
from hygge.errors import Refused
from hygge.journal.pruning import Keep, Prunes
from hygge.roles import Journal

__all__ = ["prune_history"]


def prune_history(
    terminal: Terminal, journal: Journal, output: str, *, days: int | None, runs: int | None, sure: bool
) -> int:
    """Count, ask, back up, remove, tell; the exit code."""
    if not isinstance(journal, Prunes):
        raise Refused(
            "this kind of journal cannot be pruned", code="HYG503", remedy="Prune it with its own tools."
        )
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    keep = Keep(since=since, runs=runs)
    found = journal.prune(keep, dry=True)
    backup = None
    if found.removed:
        attempts = plural(found.removed, "attempt")
        oldest = f", the oldest of {moment(found.oldest)}" if found.oldest else ""
        _ask(terminal, f"{attempts} will be removed{oldest}; {count(found.kept)} stay.", output, sure)
        backup = journal.backup()
        found = journal.prune(keep)
    if output == "json":
        terminal.document({"removed": found.removed, "kept": found.kept, "backup": backup})
    else:
        terminal.out(f"{plural(found.removed, 'attempt')} removed, {count(found.kept)} kept")
    if backup is not None:
        terminal.say(f"The journal as it was before is in {backup}; delete that once you need it no more.")
    return 0


def _ask(terminal: Terminal, what: str, output: str, sure: bool) -> None:
    if sure:
        return
    if output == "json" or sys.stdin is None or sys.stdin.closed or not sys.stdin.isatty():
        raise Refused(what, code="HYG604", remedy="If that is what you want, say so with --yes.")
    terminal.say(f"{what} Remove them? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("nothing was removed", code="HYG604", remedy="Answer y, or say --yes.")
