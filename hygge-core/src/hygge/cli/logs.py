"""The log of a run goes where messages go, line by line, never to a file that nobody asked for."""

from __future__ import annotations

import logging

from hygge.cli.terminal import Terminal

__all__ = ["log_to"]


class _ToTerminal(logging.Handler):
    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        level = record.levelname.lower()
        said = text if self._terminal.json_lines or record.levelno < logging.WARNING else f"{level}: {text}"
        self._terminal.say(said, level=level)


def log_to(terminal: Terminal) -> None:
    """Send what hygge and its connectors log to the terminal's messages."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _ToTerminal)]:
        root.removeHandler(handler)  # of an earlier command in the same process
    root.addHandler(_ToTerminal(terminal))
    logging.getLogger("hygge").setLevel(logging.INFO)
