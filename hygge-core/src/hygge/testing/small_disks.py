"""Run a command on a disk that is full after some more pages, or that may not be written to; then mend it.

The disk is a tmpfs at the project's place, which takes root; it holds data, staging, journal and logs.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hygge.testing.sweep import Sweep

__all__ = ["full_disks", "read_only_disks", "unavailable"]

PAGE = 4096
ROOMY = 1 << 28


@functools.cache
def unavailable() -> str:
    """Why no disk can be made here; empty if it can."""
    if os.geteuid() != 0:
        return "mounting a tmpfs takes root"
    with tempfile.TemporaryDirectory(prefix="hygge-disk-") as folder:
        tried = _mount("-t", "tmpfs", "hygge", folder)
        if tried.returncode == 0:
            subprocess.run(["umount", folder], check=True)
    return tried.stderr.strip() and f"no tmpfs can be mounted here: {tried.stderr.strip()}"


def full_disks(sweep: Sweep) -> None:
    """There is room for some pages more than what is there, for every number up to more than enough."""
    with _disk(sweep):
        before = _used(sweep.folder)
        sweep.passed(sweep.run())
        most = 2 * (_used(sweep.folder) - before) // PAGE + 64  # what is staged or synced goes again

    def attempt(pages: int) -> None:
        with _disk(sweep):
            _change(sweep.folder, f"size={_used(sweep.folder) + pages * PAGE}")
            code = sweep.exit_code(sweep.run())
            _change(sweep.folder, f"size={ROOMY}")
            _judge(sweep, code, "No space left on device|is full")
            sweep.heal()

    sweep.each("disk is full", range(most), lambda pages: f"after {pages} pages", attempt)


def read_only_disks(sweep: Sweep) -> None:
    """Nothing may be written, or nothing of one folder; the command says so before it has begun."""
    sweep.renew()
    folders = [sweep.folder, *(path for path in sorted(sweep.folder.iterdir()) if path.is_dir())]
    parts = [folder.relative_to(sweep.folder) for folder in folders]

    def attempt(part: Path) -> None:
        with _disk(sweep), contextlib.ExitStack() as mounted:
            place = str(sweep.folder / part)
            if part.parts:
                _done(_mount("--bind", place, place))
                mounted.callback(subprocess.run, ["umount", place], check=True)
                _done(_mount("-o", "remount,bind,ro", place))
            else:
                _change(sweep.folder, "ro")
            code = sweep.exit_code(sweep.run())
            mounted.close()
            _change(sweep.folder, "rw")
            _judge(sweep, code, "Read-only file system|readonly|cannot be written")
            sweep.heal()

    sweep.each("disk is read-only", parts, lambda part: f"{part}", attempt)


def _judge(sweep: Sweep, code: int, reason: str) -> None:
    """Success with all rows, or an error that tells the reason and a path.

    It is asked once the disk is mended: SQLite reads a database with a log only where it can write beside it.
    """
    sweep.look()
    if code == 0:
        sweep.landed()
        return
    said = sweep.said()
    assert code in (1, 2), f"exit code {code}\n{said}"
    assert re.search(r"HYG[1-6]\d\d", said), f"no error of hygge's:\n{said}"
    assert re.search(reason, said), f"the reason is not told:\n{said}"
    parts = [str(sweep.folder), *(path.name for path in sweep.folder.iterdir())]
    assert any(re.search(rf"{re.escape(part)}\b", said) for part in parts), f"no path is told:\n{said}"


# -- the disk --------------------------------------------------------------------------------------


@contextlib.contextmanager
def _disk(sweep: Sweep) -> Iterator[None]:
    """A disk at the project's place, which holds the start."""
    sweep.renew()
    _done(_mount("-t", "tmpfs", "-o", f"size={ROOMY}", "hygge", str(sweep.folder)))
    try:
        shutil.copytree(sweep.start, sweep.folder, symlinks=True, dirs_exist_ok=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(sweep.folder)], check=True)  # what still runs is killed after


def _change(folder: Path, option: str) -> None:
    _done(_mount("-o", f"remount,{option}", str(folder)))


def _mount(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)


def _done(mounted: subprocess.CompletedProcess[str]) -> None:
    assert mounted.returncode == 0, mounted.stderr


def _used(folder: Path) -> int:
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize
