"""Named points at which a test can count, kill, raise, delay or stop; nothing happens unless asked.

``HYGGE_FAILPOINT`` holds ``MODE[:NAME][@N][=ARG]``:

- ``count=FILE`` appends the name of every point that is passed to FILE
- ``kill@17`` ends the process with SIGKILL at the 17th point; ``kill:journal.append@2`` at that
  point's second pass
- ``raise:...`` raises `OSError` (EIO), ``transient:...`` a `TransientError`
- ``delay:...=0.5`` sleeps half a second
- ``stop:...`` suspends the process (SIGSTOP) until somebody sends it SIGCONT
"""

from __future__ import annotations

import os
import signal
import threading

__all__ = ["VARIABLE", "arm", "failpoint"]

VARIABLE = "HYGGE_FAILPOINT"


class _Armed:
    def __init__(self, text: str) -> None:
        text, _, self.arg = text.partition("=")
        text, _, nth = text.partition("@")
        self.mode, _, self.name = text.partition(":")
        self.nth = int(nth) if nth else 0  # 0: every pass
        self.passes = 0
        self.lock = threading.Lock()

    def __call__(self, name: str) -> None:
        if self.name and self.name != name:
            return
        with self.lock:
            self.passes += 1
            due = self.nth in (0, self.passes)
            if self.mode == "count":
                with open(self.arg, "a", encoding="utf-8") as file:
                    file.write(name + "\n")
        if due and self.mode != "count":
            self.act(name)

    def act(self, name: str) -> None:
        if self.mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.mode == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        if self.mode == "raise":
            raise OSError(5, f"failpoint {name}")
        if self.mode == "transient":
            from hygge.errors import TransientError

            raise TransientError(f"failpoint {name}")
        if self.mode == "delay":
            import time

            time.sleep(float(self.arg or 1))


def _armed_with(text: str) -> _Armed | None:
    return _Armed(text) if text else None


_armed = _armed_with(os.environ.get(VARIABLE, ""))


def failpoint(name: str) -> None:
    """A named point of the program."""
    if _armed is not None:
        _armed(name)


def arm(text: str) -> None:
    """Ask for something else from here on, counting anew; an empty text asks for nothing."""
    global _armed
    _armed = _armed_with(text)
