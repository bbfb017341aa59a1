"""``hygge init``: begin a project, or a connector."""

from __future__ import annotations

from pathlib import Path

import click

from hygge.cli.command import Command
from hygge.cli.terminal import Terminal

__all__ = ["init"]

EXAMPLE = "example.db"
GIVEN = click.core.ParameterSource.COMMANDLINE


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option(
    "--home", metavar="TYPE", default="sqlite", show_default=True, help="What the first flow reads."
)
@click.option(
    "--store", metavar="TYPE", default="parquet", show_default=True, help="What the first flow writes."
)
@click.option(
    "--connector", metavar="NAME", help="Begin a connector instead: a distribution that passes its own tests."
)
@click.pass_obj
def init(terminal: Terminal, /, folder: Path | None, home: str, store: str, connector: str | None) -> int:
    """Begin a project in DIR (default: here): hygge.yml, a first flow, the schema for your editor.

    With the default types the flow runs as it is, on a small SQLite database that is made beside it.
    With --connector it is the distribution hygge-NAME instead, in DIR (default: hygge-NAME): a home and a
    store that work, for you to put your service in. Nothing that is there is overwritten.
    """
    if connector is not None:
        context = click.get_current_context()
        given = [name for name in ("home", "store") if context.get_parameter_source(name) is GIVEN]
        if given:
            raise click.UsageError(f"--{given[0]} belongs to a project; --connector begins both roles.")
        return _connector(terminal, folder, connector)
    return _project(terminal, folder or Path(), home, store)


def _connector(terminal: Terminal, folder: Path | None, name: str) -> int:
    from hygge.cli.new_connector import connector_files, distribution
    from hygge.cli.starter import write_new

    files = connector_files(name)
    folder = folder or Path(distribution(name))
    write_new(folder.resolve(), files)
    for path in files:
        terminal.out(str(folder / path))
    steps = [f"cd {folder}", 'pip install -e ".[testing]"', "pytest", "hygge plugins --check"]
    terminal.say("\n".join(["A connector is begun. Next:", *(f"  {step}" for step in steps)]))
    terminal.say("README.md says where your service comes in.")
    return 0


def _project(terminal: Terminal, folder: Path, home: str, store: str) -> int:
    from hygge.cli import starter
    from hygge.plugins import registry

    home_type, store_type = registry().home_type(home), registry().store_type(store)
    root = folder.resolve()
    files = starter.starter_files(root.name or "project", home_type, store_type)
    starter.write_new(root, files)
    starter.ignore_journal(root)
    ready = home in starter.HOMES and store in starter.STORES
    if home in starter.HOMES and not (root / EXAMPLE).exists():
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
