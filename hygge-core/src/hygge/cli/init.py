"""``hygge init``: begin a project."""

from __future__ import annotations

from pathlib import Path

import click

from hygge.cli.command import Command
from hygge.cli.terminal import Terminal

__all__ = ["init"]

EXAMPLE = "example.db"


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option(
    "--home", metavar="TYPE", default="sqlite", show_default=True, help="What the first flow reads."
)
@click.option(
    "--store", metavar="TYPE", default="parquet", show_default=True, help="What the first flow writes."
)
@click.pass_obj
def init(terminal: Terminal, /, folder: Path, home: str, store: str) -> int:
    """Begin a project in DIR (default: here): hygge.yml, a first flow, the schema for your editor.

    With the default types the flow runs as it is, on a small SQLite database that is made beside it.
    Nothing that is there is overwritten.
    """
    from hygge.cli import starter
    from hygge.plugins import registry

    home_type, store_type = registry().home_type(home), registry().store_type(store)
    root = folder.resolve()
    files = starter.starter_files(root.name or "project", home_type, store_type)
    starter.write_new(root, files)
    starter.ignore_journal(root)
    ready = home in starter.PLACES and store in starter.PLACES
    if home == "sqlite" and not (root / EXAMPLE).exists():
        from hygge.cli.sample import make_shop

        make_shop(root / EXAMPLE)
        files[EXAMPLE] = ""
    for name in files:
        terminal.out(str(folder / name))
    terminal.say(_next_steps(folder, ready))
    return 0


def _next_steps(folder: Path, ready: bool) -> str:
    steps = [] if folder == Path() else [f"cd {folder}"]
    steps += [] if ready else ["edit flows/example.yml: every CHANGE_ME"]
    steps += ["hygge check", "hygge plan", "hygge run"]
    lines = ["A project is begun. Next:", *(f"  {step}" for step in steps)]
    if ready:
        lines.append("It runs as it is; then let flows/example.yml read tables of your own.")
    return "\n".join(lines)
