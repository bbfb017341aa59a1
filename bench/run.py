"""The figures that hygge publishes: `python bench/run.py [CASE ...]` measures and writes RESULTS.md.

Makes two environments beside this file, one with hygge from its wheels, one with the peers; needs about
five gigabytes for the largest case. Ratios are taken between processes that ran in turn in one run.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import data
from measure import Command, Figures, measure

HERE = Path(__file__).parent.resolve()
HYGGE, PEERS = HERE / ".venv-hygge", HERE / ".venv-peers"


def environments() -> None:
    """Build both environments from scratch, compiled, as a user's is."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    wanted = {
        HYGGE: [str(HERE.parent / "hygge-core"), str(HERE.parent / "hygge-sqlite")],
        PEERS: ["-r", str(HERE / "peers.txt")],
    }
    for place, packages in wanted.items():
        if not place.exists():
            subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "-q", *packages], check=True)


def hygge(name: str, root: Path, *arguments: str, before: Callable[[], None] | None = None,
          open_files: int | None = None) -> Command:  # fmt: skip
    """One `hygge` command in a project; by default the destination is removed before."""

    def clean() -> None:
        for folder in ("out", ".hygge_journal"):
            shutil.rmtree(root / folder, ignore_errors=True)

    return Command(name=name, argv=[str(HYGGE / "bin" / "hygge"), *arguments], cwd=root,
                   before=before or clean, open_files=open_files)  # fmt: skip


def peer(name: str, database: Path, root: Path) -> Command:
    return Command(
        name=name, argv=[str(PEERS / "bin" / "python"), str(HERE / "peers.py"), name, str(database)], cwd=root
    )


def copy(count: int, *peers: str) -> list[Command]:
    """SQLite to Parquet, whole table."""
    database = data.one_table(count)
    flow = f"home: {{type: sqlite, path: {database}}}\nstore: {{type: parquet, path: out}}\nentities: [t]\n"
    root = data.project(f"copy-{count}", flow)
    return [hygge("hygge", root, "run"), *(peer(name, database, root) for name in peers)]


def small() -> list[Command]:
    return [copy(100)[0]]


def many(count: int, open_files: int | None = None) -> list[Command]:
    names = ", ".join(f"t{n}" for n in range(count))
    home = f"home: {{type: sqlite, path: {data.tables(count)}}}"
    flow = f"{home}\nstore: {{type: parquet, path: out}}\nentities: [{names}]\n"
    return [hygge("hygge", data.project(f"many-{count}", flow), "run", open_files=open_files)]


def incremental(new: int) -> list[Command]:
    """A run that finds nothing, or 10,000 rows, in an indexed table of ten million."""
    original = data.one_table(10_000_000)
    database = data.DATA / "growing.db"
    if not database.exists():
        shutil.copyfile(original, database)
    flow = (
        f"home: {{type: sqlite, path: {database}}}\nstore: {{type: parquet, path: out}}\nentities: [t]\n"
        "run_type: incremental\nwatermark: {column: updated_at}\nkeys: [id]\n"
    )
    root = data.project("growing", flow)
    subprocess.run([HYGGE / "bin" / "hygge", "run"], cwd=root, check=True, capture_output=True)
    return [hygge("hygge", root, "run", before=lambda: data.append(database, new) if new else None)]


CASES: dict[str, tuple[str, Callable[[], list[Command]], int]] = {
    "help": ("`hygge --help`", lambda: [hygge("hygge", HERE, "--help", before=lambda: None)], 9),
    "small": ("one table of 100 rows", small, 9),
    "1M": ("1M rows x 8 columns", lambda: copy(1_000_000, "duckdb", "connectorx", "adbc", "polars"), 5),
    "10M": ("10M rows x 8 columns", lambda: copy(10_000_000, "duckdb"), 3),
    "30M": ("30M rows x 8 columns", lambda: copy(30_000_000, "duckdb"), 1),
    "200": ("200 tables x 1,000 rows", lambda: many(200), 5),
    "200-files": ("the same with `ulimit -n 256`", lambda: many(200, 256), 3),
    "400": ("400 tables x 1,000 rows, `ulimit -n 256`", lambda: many(400, 256), 3),
    "nothing": ("incremental, nothing new in 10M rows", lambda: incremental(0), 7),
    "some": ("incremental, 10,000 new in 10M rows", lambda: incremental(10_000), 7),
}


def table(case: str, figures: list[Figures]) -> list[str]:
    """One line a command: median (min to max) seconds, ratio to the first peer, peak memory."""
    lines = []
    for figure in figures:
        ratio = ""
        if len(figures) > 1:
            pairs = sorted(a / b for a, b in zip(figure.seconds, figures[1].seconds, strict=True))
            ratio = f"{pairs[len(pairs) // 2]:.2f}"
        spread = f"{figure.median:.2f} ({min(figure.seconds):.2f} to {max(figure.seconds):.2f})"
        lines.append(f"| {CASES[case][0]} | {figure.name} | {spread} | {ratio} | {max(figure.peaks):.0f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", choices=[*CASES, []], help="default: all but 30M")
    chosen = parser.parse_args().case or [name for name in CASES if name != "30M"]
    environments()
    lines = []
    for case in chosen:
        _, commands, runs = CASES[case]
        lines += table(case, measure(commands(), runs))
        print(lines[-1], flush=True)
    python = platform.python_version()
    head = [
        "# Results", "",
        f"`bench/run.py {' '.join(chosen)}` on {date.today()}: {os.cpu_count()} cores, Python {python}.",
        "Whole processes, start-up and fsync included, peers in turn in the same run; ratios are medians of",
        "pairs, against DuckDB.",
        "", "| case | tool | seconds: median (min to max) | ratio | peak MiB |", "|---|---|---|---|---|",
    ]  # fmt: skip
    (HERE / "RESULTS.md").write_text("\n".join([*head, *lines, ""]))


if __name__ == "__main__":
    main()
