"""A run with what belongs around it on a command line: signals and progress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hygge.api import RunResult
from hygge.cli.board import Board
from hygge.cli.progress import Progress
from hygge.cli.signals import stopping
from hygge.cli.terminal import Terminal
from hygge.engine.stop import Stop

__all__ = ["move"]


def move(terminal: Terminal, project: Path | None, **options: Any) -> tuple[RunResult, int | None]:
    """The run's result, and the signal that stopped it, if one did; ``options`` are `hygge.run`'s."""
    stop, board = Stop(), Board()
    progress = Progress(terminal, board)
    with stopping(stop, terminal.say, progress.leave):
        from hygge.engine.session import run_project  # Arrow comes with it

        with progress.shown():
            result = run_project(project, observer=board, stop=stop, **options)
    return result, stop.signal
