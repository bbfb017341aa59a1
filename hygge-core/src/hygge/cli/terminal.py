"""The two streams of a command: data goes to stdout, everything said to people to stderr.

Nothing that happens to a stream changes what a command does: a reader that left early, a closed
descriptor or an encoding that lacks a character are met here.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

from hygge.errors import HyggeError

__all__ = ["Terminal"]

CONTROL = {c: "\N{REPLACEMENT CHARACTER}" for c in (*range(32), 127, *range(128, 160)) if c not in (9, 10)}
"""Names and messages are data: what would steer the terminal is shown as a sign that it was there."""


class Terminal:
    """Writes what a command has to give and to say."""

    def __init__(self) -> None:
        _occupy_standard_descriptors()
        self.json_lines = False
        """Each message is one JSON object (``--log-format json``)."""
        self._lock = threading.Lock()
        # Held on to, as `Command` puts stderr in its place. The stderr of the moment is the right one:
        # a live display takes its place to scroll messages.
        self._stdout: TextIO | None = sys.stdout
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")

    @property
    def live(self) -> bool:
        """May stderr hold a display that is drawn over and over?"""
        term = os.environ.get("TERM", "")
        return not self.json_lines and _is_terminal(sys.stderr) and term not in ("dumb", "unknown")

    def out(self, text: str) -> None:
        """Write data, a line end added."""
        self._write(self._stdout, _redact(text).translate(CONTROL))

    def document(self, value: Any) -> None:
        """Write data as one JSON document."""
        # Redacted value by value: taken out of the whole text, a secret could tear its syntax.
        self._write(self._stdout, json.dumps(_redacted(value), indent=2))

    def say(self, text: str, level: str = "info") -> None:
        """Tell the user something."""
        text = _redact(text)
        if self.json_lines:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            text = json.dumps({"at": at, "level": level, "message": text})
        else:
            text = text.translate(CONTROL)
        self._write(sys.stderr, text)

    def show_cursor(self) -> None:
        """Undo what a live display did to the terminal; safe from any thread, at any moment."""
        with contextlib.suppress(OSError):
            os.write(2, b"\x1b[?25h\n")

    def reader_left(self) -> bool:
        """Has whoever read stdout gone?"""
        if self._stdout is None or self._stdout.closed:
            return False
        poll = select.poll()
        poll.register(self._stdout.fileno(), 0)
        left = any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
        if left:
            _silence(self._stdout)
        return left

    def close(self) -> None:
        """Write out what is still buffered; raises `HyggeError` if stdout could not take it all."""
        for stream in (sys.stderr, self._stdout):
            if stream is not None:
                self._reach(stream, stream.flush)

    def _write(self, stream: TextIO | None, text: str) -> None:
        if stream is None:  # it was closed before the command began
            return
        with self._lock:
            self._reach(stream, lambda: print(text, file=stream, flush=True))

    def _reach(self, stream: TextIO, write: Callable[[], None]) -> None:
        """Write to a stream that may have nobody at its other end."""
        try:
            write()
        except BrokenPipeError:  # the reader has seen enough
            _silence(stream)
        except OSError as error:
            _silence(stream)
            if stream is self._stdout:
                raise HyggeError(
                    f"the output could not be written: {error.strerror}",
                    remedy="Send it somewhere with room; what the command did besides is done.",
                ) from error


def _occupy_standard_descriptors() -> None:
    """See that no file of the run gets the number of a closed stdout or stderr, to be written over."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _silence(stream: TextIO) -> None:
    """Let what is buffered, and all that follows, go nowhere, so that no later flush fails again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)


def _redact(text: str) -> str:
    """The text without secrets; there are none to hide before `hygge.secrets` was needed."""
    secrets = sys.modules.get("hygge.secrets")
    return secrets.redact(text) if secrets is not None else text


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return _redact(value)
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    return value
