"""The command ``hygge``: names its commands and imports one only when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click

from hygge.version import __version__

__all__ = ["COMMANDS", "hygge"]

COMMANDS: Mapping[str, str] = {
    "init": "Begin a project: hygge.yml and a first flow.",
    "demo": "See hygge move tables, offline, in a few seconds.",
    "check": "Open every source, destination and the journal; say what to mend.",
    "plan": "Show what a run would do; touches nothing.",
    "run": "Move the selected entities.",
    "retry": "Run again what failed or was stopped in the last run.",
    "runs": "List what ran, newest first.",
    "state": "See or change where entities stand.",
    "completion": "Print the script by which your shell completes flows and entities.",
    "plugins": "List the installed connectors.",
    "schema": "Print the JSON Schema of the configuration, for editors.",
    "explain": "Explain an error code: causes, what to do, an example.",
}
"""Every command's line in the help; its code is ``hygge.cli.<name>``, in an attribute of that name."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"hygge.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib

            close = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"The commands are: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`hygge COMMAND --help` says more about a command. Exit codes: 0 all succeeded, 1 an entity "
    "failed, 2 configuration or usage, 3 a connector is missing, 75 another run holds the flow, "
    "130 or 143 stopped by a signal.",
)
@click.version_option(__version__, prog_name="hygge", message="%(prog)s %(version)s")
@click.pass_context
def hygge(ctx: click.Context) -> None:
    """Move tables from where they live to where they should settle.

    A run can be stopped or killed at any moment: the next one carries on, and no row is lost or
    doubled.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
