"""RESULTS.md: one line a command; a case that is not measured again keeps the lines it had."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from measure import Figures

__all__ = ["kept", "lines_of", "write"]

HEADER = (
    "| case | tool | wall seconds: median (min to max) | ratio | CPU s | peak MiB | target | others | date |"
)


def lines_of(title: str, figures: Sequence[Figures], target: str) -> list[str]:
    """The lines of one case; the ratio is to the first peer, the target hygge's alone."""
    lines = []
    for position, figure in enumerate(figures):
        ratio = f"{figure.ratio(figures[1]):.2f}" if len(figures) > 1 else ""
        spread = f"{median(figure.seconds):.2f} ({min(figure.seconds):.2f} to {max(figure.seconds):.2f})"
        cells = [
            title, figure.name, spread, ratio, f"{median(figure.cpu):.2f}", f"{max(figure.peaks):.0f}",
            "" if position else target, f"{median(figure.others):.1f}", str(date.today()),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def kept(path: Path) -> dict[str, list[str]]:
    """The lines of the cases measured before, by title."""
    found: dict[str, list[str]] = {}
    if path.exists() and HEADER in (text := path.read_text()):
        for line in text.split(HEADER)[1].splitlines()[2:]:
            if line.startswith("| "):
                found.setdefault(line.split(" | ")[0].removeprefix("| "), []).append(line)
    return found


def write(path: Path, lines: Mapping[str, Sequence[str]]) -> None:
    """All lines, with what they were measured on."""
    text = [
        "# Results", "",
        f"Written by `python bench/run.py` on {os.cpu_count()} cores ({platform.machine()}), Python "
        f"{platform.python_version()}. Whole processes, start-up and",
        "`fsync` included, tools in turn in one run; the ratio is the median of the pairs, against the first",
        "peer. *others* is how many cores something else kept busy meanwhile: above 0.3, wall seconds say",
        "little, while ratios, CPU seconds and memory still do.", "",
        HEADER, "|---|---|---|---|---|---|---|---|---|",
        *(line for case in lines.values() for line in case), "",
    ]  # fmt: skip
    path.write_text("\n".join(text))
