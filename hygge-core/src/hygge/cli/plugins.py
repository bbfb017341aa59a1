"""``hygge plugins``: what is installed, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hygge.cli import options
from hygge.cli.command import Command
from hygge.cli.figures import plural, table
from hygge.cli.terminal import Terminal

if TYPE_CHECKING:
    from hygge.plugins import PluginInfo, Registry

__all__ = ["plugins"]


@click.command(cls=Command)
@click.option(
    "--check", is_flag=True, help="Import every connector, read its schema; end with 1 if one is broken."
)
@options.output
@click.pass_obj
def plugins(terminal: Terminal, /, check: bool, output: str) -> int:
    """List the installed connectors with their types, and the errors of those that could not be loaded.

    HYGGE_DISABLE_PLUGINS=a,b leaves plugins or distributions out, unread.
    """
    from hygge.plugins import registry

    installed = registry()
    faults = [(info, info.error) for info in installed.plugins if info.error]
    if check:
        faults += _faults(installed)
    if output == "json":
        terminal.document({"plugins": [_document(info, faults) for info in installed.plugins]})
    else:
        terminal.out(_table(installed, [info for info, _ in faults]))
    for info, error in faults:
        terminal.say(f"{_label(info, installed)}: {error}", level="error")
    if check and not faults:
        terminal.say(f"All well: {plural(len(installed.plugins), 'plugin')} checked.")
    return 1 if check and faults else 0


def _faults(installed: Registry) -> list[tuple[PluginInfo, str]]:
    """What shows only on importing each connector's class and reading its schema."""
    from hygge.config.schema import check_connector_schema
    from hygge.descriptors import role
    from hygge.errors import MissingConnector
    from hygge.hookspecs import JournalType

    owners = {type_: info for info in installed.plugins for type_ in info.types}
    faults: list[tuple[PluginInfo, str]] = []
    for types in (installed.homes, installed.stores, installed.journals):
        for descriptor in types.values():
            info = owners[f"{role(descriptor)} {descriptor.name}"]
            try:
                installed.load_class(descriptor)
                if not isinstance(descriptor, JournalType):
                    check_connector_schema(descriptor, info.distribution)
            except MissingConnector as error:
                faults.append((info, f"{error.code}: {error}"))
    return faults


def _label(info: PluginInfo, installed: Registry) -> str:
    """The distribution, and which of its plugins, if there are several."""
    several = sum(one.distribution == info.distribution for one in installed.plugins) > 1
    return f"{info.distribution} ({info.name})" if several else info.distribution


def _document(info: PluginInfo, faults: list[tuple[PluginInfo, str]]) -> dict[str, Any]:
    return {
        "name": info.name,
        "distribution": info.distribution,
        "version": info.version,
        "types": list(info.types),
        "disabled": info.disabled,
        "errors": [error for one, error in faults if one == info],
    }


def _table(installed: Registry, broken: list[PluginInfo]) -> str:
    summaries = {
        f"{role} {name}": descriptor.summary
        for role, types in (
            ("home", installed.homes),
            ("store", installed.stores),
            ("journal", installed.journals),
        )
        for name, descriptor in types.items()
    }
    lines = []
    for info in installed.plugins:
        status = "disabled" if info.disabled else "broken" if info in broken else "ok"
        named = [(type_, summaries.get(type_, "")) for type_ in info.types] or [("", "")]
        for at, (type_, summary) in enumerate(named):
            head = [_label(info, installed), info.version, status] if at == 0 else ["", "", ""]
            lines.append([*head, type_, summary])
    return table(["distribution", "version", "status", "type", ""], lines)
