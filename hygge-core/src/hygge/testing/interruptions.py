"""Stop a command at every point there is, while another one runs or a signal comes, and let it go on.

A process that slept for a week wakes up as if nothing had happened. What it then does must not undo, double
or overtake what others have done.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable

from hygge.testing.sweep import Sweep

__all__ = ["paused_while_another_host_runs", "paused_while_another_runs", "signalled"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)
HELD = 75  # exit code: another run holds the flow


def paused_while_another_runs(sweep: Sweep) -> None:
    """Another run of the project begins meanwhile: it is told who is at work, until all of that is done."""
    last = max(number for number, name in enumerate(sweep.points, 1) if name == "engine.committed")

    def meanwhile(number: int) -> None:
        code = sweep.exit_code(sweep.run())
        allowed = (HELD,) if number <= last else (0, HELD)  # behind it, the flow is given back
        assert code in allowed, f"the other run ended with {code}\n{sweep.said()}"

    _at_each_point(sweep, "paused while another runs", meanwhile, allowed=(0,))


def paused_while_another_host_runs(sweep: Sweep) -> None:
    """Another host, which knows nothing of this one's journal, does the same work meanwhile."""
    journal = sweep.folder / ".hygge_journal"
    ours, theirs = (sweep.folder.with_name(f"{sweep.folder.name}.{whose}") for whose in ("ours", "theirs"))

    def meanwhile(number: int) -> None:
        if journal.exists():
            journal.rename(ours)
        code = sweep.exit_code(sweep.run())
        assert code == 0, f"the other host's run ended with {code}\n{sweep.said()}"
        journal.rename(theirs)
        if ours.exists():
            ours.rename(journal)

    def clean() -> None:
        for left in (ours, theirs):
            if left.exists():
                shutil.rmtree(left)

    _at_each_point(sweep, "paused while another host runs", meanwhile, allowed=(0, 1), clean=clean)


def signalled(sweep: Sweep, times: int) -> None:
    """A signal comes at each point, ``times`` in a row: the command ends as signals do, and cleanly."""
    found = [(number, which) for number in range(1, len(sweep.points) + 1) for which in SIGNALS]

    def attempt(one: tuple[int, signal.Signals]) -> None:
        number, which = one
        trial = sweep.begin(failpoint=f"stop@{number}")
        if trial.stopped():
            for _ in range(times):
                os.kill(trial.pid, which)
            trial.go_on()
        code = sweep.exit_code(trial.wait())
        assert code in (0, 128 + which), f"ended with {code}\n{sweep.said()}"
        sweep.look()
        sweep.heal()

    def say(one: tuple[int, signal.Signals]) -> str:
        return f"{one[1].name} at point {one[0]}, {sweep.points[one[0] - 1]}"

    sweep.each("signal" if times == 1 else f"signal, {times} in a row", found, say, attempt)


def _at_each_point(
    sweep: Sweep,
    fault: str,
    meanwhile: Callable[[int], None],
    *,
    allowed: tuple[int, ...],
    clean: Callable[[], None] = lambda: None,
) -> None:
    def attempt(number: int) -> None:
        clean()
        first = sweep.begin(failpoint=f"stop@{number}")
        if first.stopped():
            meanwhile(number)
            sweep.look()
            first.go_on()
        code = sweep.exit_code(first.wait())
        assert code in allowed, f"ended with {code}\n{sweep.said()}"
        sweep.look()
        sweep.heal()

    def say(number: int) -> str:
        return f"stopped at point {number}, {sweep.points[number - 1]}"

    sweep.each(fault, range(1, len(sweep.points) + 1), say, attempt)
