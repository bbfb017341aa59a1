"""A run with what belongs around it on a command line: signals, progress, its report and exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hygge.cli.board import Board
from hygge.cli.progress import Progress
from hygge.cli.signals import stopping
from hygge.cli.terminal import Terminal
from hygge.engine.stop import Stop
from hygge.results import RunResult

__all__ = ["move"]


def move(terminal: Terminal, project: Path | None, output: str, **options: Any) -> int:
    """Run, report, and return the exit code; ``options`` are those of `run_project`."""
    stop, board = Stop(), Board()
    progress = Progress(terminal, board)
    with stopping(stop, terminal.say, progress.leave):
        from hygge.engine.session import run_project  # Arrow comes with it

        with progress.shown():
            result = run_project(project, observer=board, stop=stop, **options)
    _report(terminal, output, result)
    if result.status == "success":
        return 0
    return 128 + stop.signal if stop.signal else 1


def _report(terminal: Terminal, output: str, result: RunResult) -> None:
    from hygge.cli import summary

    if output == "json":
        from hygge.codec import to_builtins

        terminal.document(to_builtins(result))
    else:
        terminal.out(summary.results(result))
    terminal.say(summary.closing(result), level="info" if result.status == "success" else "error")
