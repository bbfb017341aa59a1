"""The live table of a run, drawn by rich on stderr. Imported only when there is a terminal to draw on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hygge.cli.board import Moving, Standing
from hygge.cli.figures import count, duration, speed

__all__ = ["display"]

AROUND = 4  # lines of the screen for header, headline and the shell's prompt
STYLES = {"success": "green", "skipped": "dim", "failed": "bold red", "aborted": "yellow"}


@contextlib.contextmanager
def display() -> Iterator[Callable[[Standing], None]]:
    """A place on the terminal to draw the run on; it is wiped at the end. Messages scroll above it."""
    console = Console(stderr=True)
    with Live(console=console, transient=True, auto_refresh=False, redirect_stdout=False) as live:
        yield lambda standing: live.update(_drawn(standing, console.height), refresh=True)


def _drawn(standing: Standing, height: int) -> Group:
    room = max(1, height - AROUND)
    moving = standing.moving[:room]
    ended = standing.ended[len(standing.ended) - (room - len(moving)) :] if room > len(moving) else ()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("entity", overflow="ellipsis", no_wrap=True)
    table.add_column("phase", no_wrap=True)
    for name in ("rows", "MB/s", "ETA"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in (*ended, *moving):
        table.add_row(*_cells(one))
    return Group(table, Text(f"{standing.headline}, {duration(standing.seconds)}", style="bold"))


def _cells(one: Moving) -> tuple[Text, ...]:
    """Plain texts: a name that looks like markup is a name."""
    if one.result is not None:
        status = Text(one.result.status, style=STYLES[one.result.status])
        return Text(one.label), status, Text(count(one.rows)), Text(""), Text("")
    return (
        Text(one.label),
        Text(one.phase),
        Text(count(one.rows)),
        Text(speed(one.bytes, one.seconds)),
        Text(one.remaining),
    )
