"""``hygge check``: open everything, say what to mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.figures import count, few, plural
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from hygge.model import Finding

__all__ = ["check"]


@click.command(cls=Command)
@options.selection
@options.settings
@options.output
@options.project
@click.pass_obj
def check(
    terminal: Terminal,
    /,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    settings: tuple[str, ...],
    output: str,
    project: Path | None,
) -> int:
    """Open the journal, and the source and destination of every selected entity; move nothing.

    Each finding that is not well comes with its fix, and makes the command end with 1, or with 3
    where a driver is missing.
    """
    from hygge.cli.logs import log_to
    from hygge.cli.signals import ending
    from hygge.codec import to_builtins
    from hygge.config import load_project
    from hygge.engine.checks import check_project

    log_to(terminal)
    with ending():
        report = check_project(load_project(project, settings), select, exclude)
    wrong = [found for found in report.findings if not found.ok]
    if output == "json":
        status = "failed" if wrong else "success"
        terminal.document({"status": status, "findings": [to_builtins(one) for one in report.findings]})
    else:
        terminal.out("\n".join(_lines(report.findings)))
    if wrong:
        terminal.say(
            f"{count(len(wrong))} of {plural(len(report.findings), 'finding')} to mend.", level="error"
        )
    else:
        terminal.say(f"All well: {plural(len(report.findings), 'finding')}, nothing to mend.")
    return report.exit_code


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    """One finding each; what is wrong in the same way with several comes once."""
    alike: dict[tuple[str, str], list[str]] = {}
    for found in findings:
        if not found.ok:
            alike.setdefault((found.message, found.fix), []).append(found.subject)
    for found in findings:
        subjects = [found.subject] if found.ok else alike.pop((found.message, found.fix), [])
        if subjects:
            yield _said(found, subjects)


def _said(found: Finding, subjects: Sequence[str]) -> str:
    line = f"{'ok   ' if found.ok else 'WRONG'} {few(subjects)}: {found.message}"
    line = line.replace("\n", "\n      ")
    return f"{line}\n      {found.fix}" if found.fix and not found.ok else line
