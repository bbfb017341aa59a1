"""Shows a run while it is under way: a live table on a terminal, else a line every ten seconds."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from hygge.cli.board import Board
from hygge.cli.terminal import Terminal

__all__ = ["Progress"]

LINE_EVERY = 10.0  # seconds
DRAW_EVERY = 0.25
DRAW_AFTER = 0.4
"""A run that is done before needs no table, and is spared the import of what draws it."""


class Progress:
    """Draws a `Board`; what is drawn is gone when the run has ended."""

    def __init__(self, terminal: Terminal, board: Board) -> None:
        self._terminal = terminal
        self._board = board
        self._done = threading.Event()
        self._drawing = False

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Within, the display is kept up to date by a thread of its own."""
        draw = self._draw if self._terminal.live else self._tell
        thread = threading.Thread(target=draw, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()

    def leave(self) -> None:
        """Give the terminal back its cursor; for a process that ends at once."""
        if self._drawing:
            self._terminal.show_cursor()

    def _tell(self) -> None:
        while not self._done.wait(LINE_EVERY):
            self._terminal.say(self._board.standing().line())

    def _draw(self) -> None:
        if self._done.wait(DRAW_AFTER):
            return
        from hygge.cli.live import display

        with display() as update:
            self._drawing = True
            while not self._done.wait(DRAW_EVERY):
                update(self._board.standing())
        self._drawing = False
