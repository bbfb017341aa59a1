"""Put each mutation into a copy of the repository, and see whether its suites fail.

``python tests/mutants/run.py [--only PART] [--sample N --seed S]``, where all distributions are installed
and what their tests need.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("hygge-core/src", "hygge-sqlite/src", "hygge-adls/src")
LEFT_OUT = shutil.ignore_patterns(".git", ".tox", ".venv*", "build", "bench", "__pycache__", "*.egg-info")
PATIENCE = 900  # seconds; a mutant that runs for longer is caught: CI would be


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """Let ``old``, which stands once in the file, be ``new``."""

    file: str
    suites: Sequence[str]
    old: str
    new: str


def mutations() -> list[Mutation]:
    """Those of `mutations.toml`."""
    found = tomllib.loads((Path(__file__).parent / "mutations.toml").read_text())
    return [Mutation(**{**one, "suites": found["suites"][one["suites"]]}) for one in found["mutation"]]


def caught(copy: Path, mutation: Mutation) -> bool:
    """Whether a suite fails, the first to do so ending it."""
    file = copy / mutation.file
    text = file.read_text()
    if text.count(mutation.old) != 1:
        raise SystemExit(f"{mutation.file}: this does not stand there once:\n{mutation.old}")
    file.write_text(text.replace(mutation.old, mutation.new))
    try:
        return any(_fails(copy, suite) for suite in mutation.suites)
    finally:
        file.write_text(text)


def _fails(copy: Path, suite: str) -> bool:
    """Whether a test fails; anything else that goes wrong says nothing of the mutation."""
    paths = os.pathsep.join(str(copy / source) for source in SOURCES)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "-p", "no:cacheprovider", suite]
    try:
        done = subprocess.run(
            command, cwd=copy, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return True
    if done.returncode and not any(word in done.stdout for word in (b"\nFAILED ", b"\nERROR ")):
        raise SystemExit(f"{suite}: pytest ended with {done.returncode}\n{done.stdout.decode()[-2000:]}")
    return done.returncode != 0


def chosen(only: str, sample: int | None, seed: int) -> Sequence[Mutation]:
    found = [mutation for mutation in mutations() if only in mutation.file]
    return random.Random(seed).sample(found, min(sample, len(found))) if sample else found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="mutations of files whose path holds this")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    asked_for = chosen(asked.only, asked.sample, asked.seed)
    survivors = []
    with tempfile.TemporaryDirectory(prefix="hygge-mutants-") as folder:
        copy = Path(folder) / "hygge"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        for suite in sorted({suite for mutation in asked_for for suite in mutation.suites}):
            if _fails(copy, suite):
                raise SystemExit(f"{suite} fails without any mutation: nothing can be told by it")
        for number, mutation in enumerate(asked_for, 1):
            seen = caught(copy, mutation)
            said = "caught  " if seen else "SURVIVES"
            change = f"{mutation.old[:60]!r} -> {mutation.new[:60]!r}"
            print(f"{number}/{len(asked_for)} {said} {mutation.file}: {change}", flush=True)
            if not seen:
                survivors.append(mutation)
    print(f"{len(asked_for) - len(survivors)} of {len(asked_for)} caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
