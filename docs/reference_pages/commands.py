"""The page of commands, made from click."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from hygge.cli.group import COMMANDS, hygge
from reference_pages.markdown import code, table

__all__ = ["each_command", "page"]

HEAD = """# Commands

Data goes to stdout, messages and progress go to stderr. With `--output json` stdout is exactly one JSON
document, also for an error. [Every day](../guides/everyday.md) shows the commands at work.

| exit code | means |
|---|---|
| 0 | all succeeded, or there was nothing to do |
| 1 | an entity failed, or a change was refused |
| 2 | configuration or usage is wrong; nothing was touched |
| 3 | a connector or a package it needs is missing |
| 75 | another run holds the flow |
| 130, 143 | stopped by Ctrl-C or SIGTERM |
"""


def page() -> str:
    """Every command with its arguments and options."""
    return HEAD + "".join(f"\n{_section(path, command)}" for path, command in each_command())


def each_command() -> Iterator[tuple[str, click.Command]]:
    """Every command under what one types for it, groups before their own."""
    for name in COMMANDS:
        command = hygge.get_command(click.Context(hygge), name)
        assert command is not None
        yield f"hygge {name}", command
        if isinstance(command, click.Group):
            yield from ((f"hygge {name} {below}", found) for below, found in command.commands.items())


def _section(path: str, command: click.Command) -> str:
    level = "###" if path.count(" ") > 1 else "##"
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    text = f"{level} `{path}`\n\n{_help(command)}\n\n```console\n$ {usage}\n```\n"
    options = [one for one in command.get_params(context) if isinstance(one, click.Option) and not one.hidden]
    rows = [[code(_written(option)), _said(option)] for option in options if "--help" not in option.opts]
    return text + (f"\n{table(['option', 'means'], rows)}\n" if rows else "")


def _help(command: click.Command) -> str:
    """The help's paragraphs; quoted commands stay code, plain angle brackets stay text."""
    return inspect.cleandoc(command.help or "").replace("<", "&lt;")


def _written(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    if isinstance(option.type, click.Choice):
        return f"{names} {'|'.join(map(str, option.type.choices))}"
    return f"{names} {option.make_metavar(click.Context(click.Command('x')))}"


def _said(option: click.Option) -> str:
    text = (option.help or "").rstrip(".") + "."
    shown = option.show_default and not option.is_flag
    again = " May be given more than once." if option.multiple and "more than once" not in text else ""
    return text + again + (f" Default: `{option.default}`." if shown else "")
