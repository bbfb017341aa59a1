"""Runs laws of the kit in a process of its own, where connectors of this folder are installed."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def run_kit(tmp_path: Path) -> Callable[..., str]:
    """Runs laws of a file in a process of its own; says what pytest says."""
    return functools.partial(_run_kit, tmp_path)


def _run_kit(folder: Path, file: str, laws: Sequence[str], *installed: str) -> str:
    """What pytest says of these laws of a file, the reference and ``installed`` being there."""
    options = ["-rA", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist", "--import-mode=importlib"]
    where = ["-c", os.devnull, "--rootdir", str(HERE), "--basetemp", str(folder / "base")]
    chosen = [f"{HERE / file}::{law}" for law in laws]
    paths = [HERE, *(HERE / name for name in ("reference", *installed))]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *where, *chosen],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout + ended.stderr
