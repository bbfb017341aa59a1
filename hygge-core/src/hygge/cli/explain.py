"""``hygge explain``: what an error code means, what causes it, what to do."""

from __future__ import annotations

import difflib
import shutil
import textwrap
from typing import TYPE_CHECKING

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.completing import codes
from hygge.cli.figures import table
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hygge.explaining import Page

__all__ = ["explain"]

WIDEST = 100  # columns in which prose reads well


@click.command(cls=Command)
@click.argument("code", metavar="[CODE]", required=False, shell_complete=codes)
@options.output
@click.pass_obj
def explain(terminal: Terminal, /, code: str | None, output: str) -> int:
    """Explain an error code: what happened, its causes, what to do, an example; without CODE, list all.

    HYG304, hyg304 and 304 are the same code.
    """
    from dataclasses import asdict

    from hygge.explaining import pages

    known = pages()
    if code is None:
        if output == "json":
            terminal.document(
                {"codes": [{"code": page.code, "title": page.title} for page in known.values()]}
            )
        else:
            terminal.out(table(["code", "means"], [[page.code, page.title] for page in known.values()]))
        return 0
    page = _found(code, known)
    if output == "json":
        terminal.document(asdict(page))
    else:
        terminal.out(_wrapped(str(page)))
    return 0


def _found(code: str, known: Mapping[str, Page]) -> Page:
    asked = code.strip().upper()
    asked = asked if asked.startswith("HYG") else f"HYG{asked}"
    if asked in known:
        return known[asked]
    from hygge.errors import ConfigurationError

    close = difflib.get_close_matches(asked, known, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise ConfigurationError(
        f"there is no error code {code!r}", code="HYG111", remedy=f"{hint}`hygge explain` lists all."
    )


def _wrapped(text: str) -> str:
    """The prose in lines that fit the terminal; the example, which comes last, as it is."""
    width = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    prose, heading, example = text.rpartition("\n\nExample\n")
    lines = [
        wrapped
        for line in prose.splitlines()
        for wrapped in textwrap.wrap(line, width, subsequent_indent="  " if line.startswith(" ") else "")
        or [""]
    ]
    return "\n".join(lines) + heading + example
