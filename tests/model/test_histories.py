"""Whatever happens to a flow, in whatever order, its destination holds what the model says.

CI plays a few histories of each pair, always the same; of those with ADLS fewer, and not of each. With
HYGGE_SWEEP=full they are longer, HYGGE_HISTORIES of each pair (200), and others for each HYGGE_SEED.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from histories.story import History
from histories.strategies import KINDS, histories

FULL = os.environ.get("HYGGE_SWEEP") == "full"
PAIRS = [
    (home, store)
    for home in KINDS
    for store in KINDS
    if FULL or "adls" not in (home, store) or {home, store} <= {"adls", "sqlite"}
]
SETTINGS = settings(
    max_examples=int(os.environ.get("HYGGE_HISTORIES", "200")) if FULL else 5,
    derandomize=not FULL,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def play(history: History) -> None:
    """Let it happen; raises `Deviation`."""
    with tempfile.TemporaryDirectory() as folder:
        history.play(Path(folder))


@pytest.mark.timeout(0 if FULL else 60)
@pytest.mark.parametrize(("home", "store"), PAIRS)
def test_the_destination_holds_what_the_model_says(home: str, store: str) -> None:
    often = SETTINGS if FULL or "adls" not in (home, store) else settings(SETTINGS, max_examples=3)
    told = often(given(histories(home, store, chapters=12 if FULL else 5))(play))
    if FULL:
        told = seed(int(os.environ.get("HYGGE_SEED", "0")))(told)
    told()
