"""Time whole processes in turn, A B A B, and say how one compares with the other."""

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
    """Seconds and peak memory (MiB) of each run of one command."""

    name: str
    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def measure(commands: Sequence[Command], runs: int) -> list[Figures]:
    """Each command once for warmth, then ``runs`` rounds of all of them in turn."""
    figures = [Figures(name=command.name) for command in commands]
    for round_ in range(runs + 1):
        for command, figure in zip(commands, figures, strict=True):
            command.before()
            seconds, peak = _once(command)
            if round_:
                figure.seconds.append(seconds)
                figure.peaks.append(peak)
    return figures


def _once(command: Command) -> tuple[float, float]:
    argv = list(command.argv)
    if command.open_files:
        argv = ["sh", "-c", f'ulimit -n {command.open_files}; exec "$@"', "sh", *argv]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.monotonic()
    process = subprocess.Popen(
        argv, cwd=command.cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command.name} ended with {process.returncode}:\n{said.decode()}")
    return time.monotonic() - begun, usage.ru_maxrss / 1024
