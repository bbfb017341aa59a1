"""Time whole processes in turn, A B A B, so that a busy machine slows both alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Command", "Figures", "measure"]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A process to time; ``before`` runs untimed each time."""

    name: str
    argv: Sequence[str]
    cwd: Path
    before: Callable[[], None] = lambda: None
    open_files: int | None = None


@dataclass(kw_only=True)
class Figures:
    """Each run of one command: wall and CPU seconds, peak resident MiB, cores that others kept busy."""

    name: str
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    def ratio(self, other: Figures) -> float:
        """The median of the ratios pair by pair."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))


def measure(commands: Sequence[Command], runs: int) -> list[Figures]:
    """Each command once for warmth, then ``runs`` rounds of all of them in turn.

    A single round goes without the warm one: what takes minutes is not decided by caches.
    """
    figures = [Figures(name=command.name) for command in commands]
    warm = 1 if runs > 1 else 0
    for round_ in range(runs + warm):
        for command, figure in zip(commands, figures, strict=True):
            command.before()
            os.sync()  # nobody pays for what the one before left to be written
            busy = _busy()
            seconds, cpu, peak = _once(command)
            others = max(0.0, _busy() - busy - cpu) / seconds
            if round_ >= warm:
                figure.seconds.append(seconds)
                figure.cpu.append(cpu)
                figure.peaks.append(peak)
                figure.others.append(others)
    return figures


def _busy() -> float:
    """CPU seconds that the whole machine has spent working."""
    user, nice, system, _idle, _iowait, interrupts, soft, *_ = map(
        int, Path("/proc/stat").read_text().split(None, 8)[1:8]
    )
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def _once(command: Command) -> tuple[float, float, float]:
    argv = list(command.argv)
    if command.open_files:
        argv = ["sh", "-c", f'ulimit -n {command.open_files}; exec "$@"', "sh", *argv]
    # An environment that compiles nothing would compile every import in every run.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.monotonic()
    process = subprocess.Popen(
        argv, cwd=command.cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command.name} ended with {process.returncode}:\n{said.decode()}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
