"""Every command that a page shows is one that hygge has, with options that it has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hygge.cli.group import COMMANDS, hygge

ROOT = Path(__file__).parents[2]
MADE = ROOT / "docs" / "reference"  # from the commands themselves
PAGES = [ROOT / "README.md", *ROOT.glob("hygge-*/README.md"), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(hygge [a-z][^`]*)`")


def shown(page: Path) -> Iterator[list[str]]:
    """The words behind `hygge` of each command, in blocks and within sentences."""
    text = page.read_text()
    lines = [
        line[2:] for block in BLOCK.findall(text) for line in block.splitlines() if line.startswith("$ ")
    ]
    for line in [*lines, *INLINE.findall(text)]:
        words = shlex.split(line, comments=True)
        if words and words[0] == "hygge":
            yield words[1:]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if MADE not in page.parents],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_commands_and_options_on_a_page_are_there(page: Path) -> None:
    for name, *rest in shown(page):
        assert name in COMMANDS
        command = hygge.get_command(click.Context(hygge), name)
        if isinstance(command, click.Group) and rest:
            command = command.commands.get(rest[0], command)
        assert command is not None
        known = {"--help"} | {option for param in command.params for option in param.opts}
        assert {word.partition("=")[0] for word in rest if word.startswith("-")} <= known


def test_commands_are_shown() -> None:
    assert sum(len(list(shown(page))) for page in PAGES) > 40
