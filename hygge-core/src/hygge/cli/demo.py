"""``hygge demo``: a shop's tables on their way from SQLite to Parquet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hygge.cli.command import Command
from hygge.cli.figures import count, plural
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from hygge.results import RunResult

__all__ = ["demo"]

NEW_ORDERS = 250
FILES = {
    "hygge.yml": "version: 1\nname: demo\n",
    "flows/customers.yml": """\
# Replaces the destination with the source at every run.
home: {type: sqlite, path: shop.db}
store: {type: parquet, path: out}
run_type: full_drop
""",
    "flows/orders.yml": """\
# Moves what is new since the last run, by the time of the order.
home: {type: sqlite, path: shop.db}
store: {type: parquet, path: out}
run_type: incremental
watermark: {column: ordered_at}
keys: [id]
""",
}


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.pass_obj
def demo(terminal: Terminal, /, folder: Path | None) -> int:
    """Move the tables of a small shop from SQLite to Parquet, twice, and show what came of it.

    Works offline, in DIR or a new temporary folder, and leaves the project there to play with.
    """
    from hygge.cli.starter import write_new
    from hygge.plugins import registry

    registry().load_class(registry().home_type("sqlite"))  # else: what to install, before a file is made
    root = (folder or Path(tempfile.mkdtemp(prefix="hygge-demo-"))).resolve()
    write_new(root, FILES | {"shop.db": ""})
    for step in _steps(root):
        if isinstance(step, str):
            terminal.out(step)
        elif step.status != "success":
            return _failed(terminal, step)
    return 0


def _steps(root: Path) -> Iterator[str | RunResult]:
    """The demonstration: what to tell, and the runs, so that the first failing one ends it."""
    from hygge import run
    from hygge.cli import sample, summary

    shop = root / "shop.db"
    sample.make_shop(shop)
    yield f"A shop in SQLite ({shop}): {_told(sample.row_counts(shop))}."
    yield "\n$ hygge run"
    first = run(root)
    yield first
    yield summary.results(first)
    sample.add_orders(shop, NEW_ORDERS)
    yield f"\n{plural(NEW_ORDERS, 'new order')} come in.\n\n$ hygge run"
    second = run(root)
    yield second
    yield summary.results(second)
    landed = {name: _rows(root / "out" / name) for name in sample.row_counts(shop)}
    yield f"\nIn SQLite now: {_told(sample.row_counts(shop))}.\nRead back from Parquet: {_told(landed)}."
    yield _what_next(root)


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count(number)} {name}" for name, number in counts.items())


def _rows(folder: Path) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet"))


def _what_next(root: Path) -> str:
    return f"""
All is home. What to try next:
  cd {root}
  hygge plan                       what the next run would do
  hygge run                        nothing new: nothing is moved
  hygge runs                       the record of all runs
  hygge state get                  how far each entity is
  hygge run orders --full-drop     load a table anew
  kill -9 a run at any moment, and run again: nothing is lost or doubled
  hygge init my-project            begin a project of your own"""


def _failed(terminal: Terminal, result: RunResult) -> int:
    from hygge.cli.summary import closing

    terminal.say(closing(result), level="error")
    return 1
