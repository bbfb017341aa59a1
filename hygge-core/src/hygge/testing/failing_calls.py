"""Let one system call of a command fail, or kill the command at it; then run again.

Only calls on files below the project count, so the interpreter's own are left alone. A command that
says it succeeded has brought all rows; one that failed has said why, and where.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from hygge.testing.sweep import Sweep
from hygge.testing.system_calls import CHANGING, Call, Fault, NotAFile
from hygge.testing.warm import Ended

__all__ = ["failing_calls", "faults", "killed_at_calls"]

SYNCS = ("fsync", "fdatasync")
TRACED = f"{CHANGING},read,pread64"
ERRORS = {
    "openat": ("EIO", "EACCES", "EMFILE"),
    "read": ("EIO",),
    "pread64": ("EIO",),
    "write": ("EIO", "ENOSPC"),
    "pwrite64": ("EIO", "ENOSPC"),
    "ftruncate": ("EIO",),
    "fsync": ("EIO", "ENOSPC"),
    "fdatasync": ("EIO", "ENOSPC"),
    "mkdir": ("EIO", "ENOSPC"),
    "rename": ("EIO", "ENOSPC"),
    "renameat2": ("EIO", "ENOSPC"),
    "link": ("EIO", "ENOSPC"),
    "linkat": ("EIO", "ENOSPC"),
    "unlink": ("EIO",),
    "unlinkat": ("EIO",),
    "rmdir": ("EIO",),
}
"""How each call is made to fail."""

_FOLDED = (".hygge_journal/.heads.json.tmp", ".hygge_journal/journal.parquet.new", ".hygge_journal")
"""What a fold syncs: one that fails is put off with a warning, and what it had read is there still.

The folder of the journal is synced for a new segment, too: it counts as the fold's only after the fold's
lock was opened, which is the last thing a run does there."""
_FOLDING = ".hygge_journal/fold.lock"


def killed_at_calls(sweep: Sweep) -> None:
    """Kill the command as it begins a call, each in turn."""
    found = [Fault(call=name, nth=nth, what="signal=KILL") for name, nth in _calls(sweep)]

    def attempt(fault: Fault) -> None:
        ended, _ = sweep.traced(fault=fault, calls=TRACED)
        if not ended.killed:
            sweep.passed(ended)
        sweep.look()
        sweep.heal()

    sweep.each("kill at a system call", found, str, attempt)


def failing_calls(sweep: Sweep) -> None:
    """Let a call fail, each in turn, and each in every way of `ERRORS`."""

    def attempt(fault: Fault) -> None:
        try:
            ended, calls = sweep.traced(fault=fault, calls=TRACED)
        except NotAFile:
            pass
        else:
            _judge(sweep, ended, calls)
        sweep.heal()

    sweep.each("system call fails", list(faults(_calls(sweep))), str, attempt)


def faults(calls: Sequence[tuple[str, int]]) -> Iterator[Fault]:
    """What can go wrong with these calls; a disk that is full stays so."""
    for name, nth in calls:
        for error in ERRORS[name]:
            yield Fault(call=name, nth=nth, what=f"error={error}")
        if name in ("write", "pwrite64"):
            yield Fault(call=name, nth=nth, what="error=ENOSPC", lasting=True)


def _calls(sweep: Sweep) -> list[tuple[str, int]]:
    """Calls below the project, by name and by their number in their thread."""
    sweep.renew()
    ended, calls = sweep.traced(calls=TRACED)
    sweep.passed(ended)
    seen: Counter[tuple[int, str]] = Counter()
    found = set()
    for call in calls:
        seen[call.thread, call.name] += 1
        if call.name in ERRORS and _inside(sweep, call):
            found.add((call.name, seen[call.thread, call.name]))
    return sorted(found)


def _inside(sweep: Sweep, call: Call) -> bool:
    root = str(sweep.folder)
    return any(path == root or path.startswith(f"{root}/") for path in call.paths())


def _judge(sweep: Sweep, ended: Ended, calls: Sequence[Call]) -> None:
    sweep.look()
    injected = [call for call in calls if call.injected]
    if ended.error is None and ended.code == 0:
        sweep.landed()
        # A sync that failed may have lost what it was to keep: asking again would be told that all is well.
        lost = [call for call in injected if call.name in SYNCS and not _may_fail(sweep, call, calls)]
        assert not lost, f"success, although {_named(lost[0])} failed\n{sweep.said()}"
    if not all(_inside(sweep, call) for call in injected):
        # A call of the interpreter's was hit, or what it wanted to say: it is not held to what it said.
        sweep.output.unlink(missing_ok=True)
        return
    code, said = sweep.exit_code(ended), sweep.said()
    if code == 0:
        return
    assert code in (1, 2), f"exit code {code}\n{said}"
    assert re.search(r"HYG[1-6]\d\d", said), f"no error of hygge's:\n{said}"
    # Where several threads were hit, one of them is what the run says it ended for.
    failed = ", ".join(_named(call) for call in injected)
    assert any(_told(sweep, call, said) for call in injected), f"{failed} failed, nobody was told:\n{said}"


def _named(call: Call) -> str:
    return f"{call.name} of {' and '.join(call.paths())}"


def _told(sweep: Sweep, call: Call, said: str) -> bool:
    """Whether the path is named, or the folder that it is in."""
    paths = [path.removeprefix(f"{sweep.folder}/") for path in call.paths()]
    if call.name in ("pread64", "pwrite64", "fdatasync"):  # SQLite's: it says which database it had open
        paths.append(str(sweep.folder))
    parts = [part for path in paths for part in (path, os.path.dirname(path)) if part not in ("", "/")]
    return any(part in said for part in parts)


def _may_fail(sweep: Sweep, call: Call, calls: Sequence[Call]) -> bool:
    """Whether the command may go on and succeed without this sync.

    A fold is put off with a warning; the segments it was to replace are kept. A checkpoint of SQLite's
    is put off as well: before it, the log is synced once more, as it was when the commit was; after it,
    the log that it was to empty stays, or a later one writes all of it again. Of the folder that its
    journal is in, SQLite asks the sync and never looks at the answer.
    """
    if call.name == "fsync":
        return _is_of_fold(sweep, call, calls)
    (path,) = call.paths()
    at = calls.index(call)
    before, after = (_done_to(path, some) for some in (calls[:at], calls[at + 1 :]))
    if path.endswith("-wal"):
        return before[-1:] == ["fdatasync"]
    written_again = "pwrite64" in after and "fdatasync" in after[after.index("pwrite64") :]
    return os.path.isdir(path) or os.path.exists(f"{path}-wal") or written_again


def _done_to(path: str, calls: Sequence[Call]) -> list[str]:
    done = (call for call in calls if call.name in ("pwrite64", "fdatasync") and not call.injected)
    return [call.name for call in done if call.paths() == [path]]


def _is_of_fold(sweep: Sweep, call: Call, calls: Sequence[Call]) -> bool:
    root = f"{sweep.folder}/"
    before = calls[: calls.index(call)]
    folding = any(path == root + _FOLDING for one in before for path in one.paths())
    return folding and call.path(0).removeprefix(root) in _FOLDED
