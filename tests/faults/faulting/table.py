"""What became of a sweep: a line a kind of fault, and a line a scenario.

``python tests/faults/faulting/table.py TALLIES`` makes Markdown of the lines of JSON that a sweep wrote.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["markdown", "read"]

Tally = Mapping[str, Any]


def read(path: Path) -> list[Tally]:
    """The tallies, oldest first."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def markdown(tallies: Sequence[Tally]) -> str:
    """Trials and failures, by fault and by scenario."""
    seeds = sorted({tally["seed"] for tally in tallies})
    trials, failures, seconds = _sum(tallies)
    rate = f"{60 * trials / seconds:.0f}" if seconds else "-"
    head = f"{trials:,} trials, {failures} failures; seed {', '.join(map(str, seeds))}; "
    return "\n\n".join(
        [
            f"{head}{rate} trials a minute of one process.",
            _table("fault", tallies),
            _table("scenario", tallies),
        ]
    )


def _table(by: str, tallies: Iterable[Tally]) -> str:
    grouped: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        grouped[tally[by]].append(tally)
    lines = [f"| {by} | trials | failures | seconds |", "|---|---|---|---|"]
    for name, group in sorted(grouped.items()):
        trials, failures, seconds = _sum(group)
        lines.append(f"| {name} | {trials:,} | {failures} | {seconds:.0f} |")
    return "\n".join(lines)


def _sum(tallies: Iterable[Tally]) -> tuple[int, int, float]:
    found = [(tally["trials"], tally["failures"], tally["seconds"]) for tally in tallies]
    return sum(one for one, _, _ in found), sum(one for _, one, _ in found), sum(one for _, _, one in found)


if __name__ == "__main__":
    print(markdown(read(Path(sys.argv[1]))))
