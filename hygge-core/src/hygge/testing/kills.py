"""Kill a command (SIGKILL) at every point there is, also while it heals what an earlier kill left."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence

from hygge.testing.sweep import Sweep

__all__ = ["killed_at_points", "killed_at_random", "killed_while_healing"]

MOST = 100_000  # sequences to choose from, where there are more


def killed_at_points(sweep: Sweep) -> None:
    """At each failpoint."""
    numbers = range(1, len(sweep.points) + 1)
    sweep.each(
        "kill", [(number,) for number in numbers], lambda at: _say(sweep, at), lambda at: _die(sweep, at)
    )


def killed_while_healing(sweep: Sweep, deaths: int) -> None:
    """``deaths`` times in a row: at a failpoint of the command, then at one of each healing run."""
    count = len(sweep.points)
    if count**deaths <= MOST:
        found: Sequence[tuple[int, ...]] = list(itertools.product(range(1, count + 1), repeat=deaths))
    else:
        dice = random.Random(sweep.limits.seed)
        found = [tuple(dice.randint(1, count) for _ in range(deaths)) for _ in range(MOST)]
    sweep.each(f"kill, {deaths} in a row", found, lambda at: _say(sweep, at), lambda at: _die(sweep, at))


def killed_at_random(sweep: Sweep, seeds: range, deaths: int = 3) -> None:
    """``deaths`` times in a row, each at some moment of a run's length."""
    begun = time.monotonic()
    sweep.renew()
    sweep.passed(sweep.run())
    length = time.monotonic() - begun

    def moments(seed: int) -> list[float]:
        dice = random.Random(f"{sweep.limits.seed} {seed}")
        return [dice.uniform(0, length) for _ in range(deaths)]

    def attempt(seed: int) -> None:
        for moment in moments(seed):
            _die_after(sweep, moment)
        sweep.heal()

    sweep.each("kill at any moment, 3 in a row", seeds, lambda seed: f"after {moments(seed)} s", attempt)


def _die(sweep: Sweep, points: Sequence[int]) -> None:
    for number in points:
        ended = sweep.run(failpoint=f"kill@{number}")
        if not ended.killed:  # fewer points on the way than were counted: it has come to its end
            sweep.passed(ended)
        sweep.look()
    sweep.heal()


def _die_after(sweep: Sweep, seconds: float) -> None:
    trial = sweep.begin()
    time.sleep(seconds)
    trial.kill()  # it is a child until it was waited for, also when it has come to its end
    ended = trial.wait()
    if not ended.killed:
        sweep.passed(ended)
    sweep.look()


def _say(sweep: Sweep, points: Sequence[int]) -> str:
    first, *later = points
    said = f"at point {first}, {sweep.points[first - 1]}"
    return said + "".join(f", then while healing at its point {number}" for number in later)
