"""Let two runs of one project begin at the same time, or one some moments after the other."""

from __future__ import annotations

import random
import time

from hygge.testing.sweep import Sweep

__all__ = ["HELD", "raced"]

HELD = 75  # exit code: another run holds the flow
RACES = 1_000


def raced(sweep: Sweep) -> None:
    """One of them does the work; the other is told who is at it, or comes after and has nothing to do."""
    begun = time.monotonic()
    sweep.renew()
    sweep.passed(sweep.run())
    length = time.monotonic() - begun
    dice = random.Random(sweep.limits.seed)
    moments = [dice.choice((0.0, dice.uniform(0, length))) for _ in range(RACES)]

    def attempt(moment: float) -> None:
        first = sweep.begin()
        time.sleep(moment)
        second = sweep.begin()
        codes = [sweep.exit_code(trial.wait()) for trial in (first, second)]
        assert 0 in codes, f"nobody did the work: {codes}\n{sweep.said()}"
        assert set(codes) <= {0, HELD}, f"ended with {codes}\n{sweep.said()}"
        sweep.oracle()
        sweep.heal()

    sweep.each("race of two runs", moments, lambda moment: f"{moment} s apart", attempt)
