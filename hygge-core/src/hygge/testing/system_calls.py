"""What a process asks of the kernel, and letting one of these calls fail: strace on a trial.

`traced` starts a trial that waits at its beginning until strace is attached. strace sees every thread
and every library (SQLite's and Arrow's too); what it does not see is memory that a file is mapped to.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hygge.testing.warm import Ended, Trial

__all__ = ["CHANGING", "Call", "Fault", "NotAFile", "trace", "unavailable"]

CHANGING = (
    "openat,close,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,copy_file_range,"
    "sendfile,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,"
    "fsync,fdatasync"
)
"""Calls that change a file system, and what is needed to follow them."""

_WHOLE = 1 << 25  # bytes of a written buffer that are shown: all
_LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|\?)(.*)", re.DOTALL)
_BEGUN = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>", re.DOTALL)
_RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)", re.DOTALL)
_BYTE = re.compile(rb"\\x([0-9a-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that has returned, or at which the process ended (``result`` is None then)."""

    thread: int
    name: str
    arguments: tuple[str, ...]  # as strace writes them, strings in hexadecimal
    result: int | None
    injected: bool = False  # it was made to fail

    def data(self, argument: int) -> bytes:
        """A string among the arguments."""
        return _string(self.arguments[argument])

    def path(self, argument: int) -> str:
        """The path that a handle stands for, or a path as it was given."""
        text = self.arguments[argument]
        found = text[text.index("<") + 1 : text.rindex(">")] if "<" in text else text
        return os.fsdecode(_string(found))

    def paths(self) -> Sequence[str]:
        """The paths that it is about, of handles and of names."""
        two = self.name.startswith(("rename", "link"))
        if self.name.endswith(("at", "at2")):  # a name follows the handle of what it is relative to
            places = (0, 2) if two else (0,)
            return [os.path.normpath(os.path.join(self.path(at), self.path(at + 1))) for at in places]
        return [self.path(at) for at in ((0, 1) if two else (0,))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The ``nth`` call of this name, counted in each thread, ends with an error or a signal."""

    call: str
    nth: int
    what: str  # as strace writes it: ``error=EIO``, ``signal=KILL``
    lasting: bool = False  # and every one after it

    def __str__(self) -> str:
        return f"{self.call} {self.nth}{' and after' if self.lasting else ''}: {self.what}"

    def option(self) -> str:
        """What strace is told."""
        return f"inject={self.call}:{self.what}:when={self.nth}{'+' if self.lasting else ''}"


PATIENCE = 60.0  # seconds that a trial may take
_NO_FILE = "<" + "".join(f"\\x{ord(letter):02x}" for letter in "anon_inode")  # as strace -xx writes it
_INJECTED = "(INJECTED)"


class NotAFile(Exception):
    """The call that was made to fail wakes a thread: no disk fails there, and no program survives it."""


@functools.cache
def unavailable() -> str:
    """Why nothing can be traced here; empty if it can."""
    strace = shutil.which("strace")
    if strace is None:
        return "strace is not installed"
    tried = subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"strace cannot trace here: {tried.stderr.strip()}"


def trace(
    start: Callable[[], Trial],
    calls: str = CHANGING,
    *,
    fault: Fault | None = None,
    contents: bool = False,
) -> tuple[Ended, Sequence[Call]]:
    """How the trial ended, and the ``calls`` that it made, in the order of their ends.

    The trial stops itself before it does anything. ``contents`` asks for what was written, too.
    """
    trial = start()
    if not trial.stopped():
        raise ChildProcessError("the trial did not wait to be traced")
    with tempfile.TemporaryDirectory(prefix="hygge-trace-") as folder:
        output = Path(folder) / "calls"
        size = str(_WHOLE if contents else 0)
        options = ["-f", "-y", "-xx", "-s", size, "-o", str(output), "-e", f"trace={calls}"]
        if fault is not None:
            options += ["-e", fault.option()]
        with subprocess.Popen(["strace", *options, "-p", str(trial.pid)], stderr=subprocess.PIPE) as strace:
            assert strace.stderr is not None
            said = strace.stderr.readline()
            if b"attached" not in said:
                trial.kill()
                trial.wait()
                raise ChildProcessError(f"strace: {said.decode()}{strace.stderr.read().decode()}")
            os.kill(trial.pid, signal.SIGCONT)
            limit = threading.Timer(PATIENCE, trial.kill)  # or a lost wake-up would keep it for ever
            limit.start()
            strace.stderr.read()  # until it ends, which is after the trial's last thread
            limit.cancel()
        text = output.read_text(encoding="ascii")
        ended = trial.wait()
        if fault is not None and any(_NO_FILE in one for one in text.splitlines() if one.endswith(_INJECTED)):
            raise NotAFile(f"{fault} hit a call between threads")
        return ended, list(_calls(text))


def _calls(text: str) -> Iterator[Call]:
    begun: dict[str, str] = {}
    for line in text.splitlines():
        if found := _BEGUN.fullmatch(line):
            begun[found[1]] = f"{found[1]} {found[2]}({found[3]}"
        elif found := _RESUMED.fullmatch(line):
            yield from _call(begun.pop(found[1]) + found[2])
        else:
            yield from _call(line)
    for line in begun.values():  # the process ended in them
        yield from _call(f"{line}) = ?")


def _call(line: str) -> Iterator[Call]:
    found = _LINE.fullmatch(line)
    if found is None:  # a signal, an end
        return
    thread, name, arguments, result, more = found.groups()
    yield Call(
        thread=int(thread),
        name=name,
        arguments=tuple(arguments.rstrip().split(", ")),
        result=None if result == "?" else int(result),
        injected="(INJECTED)" in more,
    )


def _string(text: str) -> bytes:
    """The bytes of a string in hexadecimal, quoted or not."""
    return _BYTE.sub(lambda found: bytes([int(found[1], 16)]), text.strip('"').encode("ascii"))
