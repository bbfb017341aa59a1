"""``hygge schema``: the configuration's JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hygge.cli.command import Command
from hygge.cli.terminal import Terminal

__all__ = ["schema", "schema_text"]


@click.command(cls=Command)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it into this file instead of printing it.",
)
@click.pass_obj
def schema(terminal: Terminal, /, output: Path | None) -> int:
    """Print the JSON Schema of hygge.yml, flows and entities, with the installed connectors' keys.

    Editors complete and check YAML by it; point them to it with a first line such as
    "# yaml-language-server: $schema=../hygge.schema.json".
    """
    if output is None:
        terminal.out(schema_text())
    else:
        _write(output, schema_text() + "\n")
        terminal.say(f"Wrote {output}")
    return 0


def schema_text() -> str:
    """The whole schema as JSON; equal for equal connectors."""
    from hygge.config.schema import whole_schema

    return json.dumps(whole_schema(), indent=2)


def _write(path: Path, text: str) -> None:
    """Write a file; raises `ConfigurationError` where the place can't take it."""
    from hygge.errors import ConfigurationError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}", code="HYG116", remedy="Name another place."
        ) from error
