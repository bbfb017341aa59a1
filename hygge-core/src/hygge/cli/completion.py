"""``hygge completion``: words that a shell completes; see `hygge.cli.completing` for which."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import BashComplete, ShellComplete, add_completion_class, get_completion_class

from hygge.cli.command import Command
from hygge.cli.terminal import Terminal

__all__ = ["VARIABLE", "answer", "completion"]

VARIABLE = "_HYGGE_COMPLETE"
WHERE: Mapping[str, str] = {
    "bash": 'eval "$(hygge completion bash)"           # in ~/.bashrc',
    "zsh": 'eval "$(hygge completion zsh)"            # in ~/.zshrc, after compinit',
    "fish": "hygge completion fish > ~/.config/fish/completions/hygge.fish",
}
_BREAKS = re.compile("[:=]+")


@click.command(
    cls=Command, epilog="\b\nTo have it in every shell:\n" + "\n".join(f"  {line}" for line in WHERE.values())
)
@click.argument("shell", metavar="|".join(WHERE), type=click.Choice(list(WHERE)))
@click.pass_obj
def completion(terminal: Terminal, /, shell: str) -> int:
    """Print the script by which a shell completes commands, options, flows, entities, tags and runs.

    Names come from the project's files; nothing is connected to.
    """
    terminal.out(_for(shell).source())
    return 0


def answer(instruction: str) -> int:
    """Tell a shell what could come next; 1, and silence, where nothing can be told."""
    shell, _, wanted = instruction.partition("_")
    if shell not in WHERE or wanted not in ("complete", "source"):
        return 1
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            asked = _for(shell)
            words = asked.complete() if wanted == "complete" else asked.source()
    except Exception:  # the shell's edge: a traceback would land in the middle of the user's line
        return 1
    if words:
        click.echo(words.encode())
    return 0


def _for(shell: str) -> ShellComplete:
    from hygge.cli.group import hygge

    found = get_completion_class(shell)
    assert found is not None
    return found(hygge, {}, "hygge", VARIABLE)


@add_completion_class
class _Bash(BashComplete):
    """Bash takes ``tag:nightly`` and ``--output=json`` for three words and replaces the last of them."""

    _before = ""  # what stands before the word that bash will replace

    def source(self) -> str:
        return ShellComplete.source(self)  # without asking which bash is on the path: it need not be ours

    def get_completion_args(self) -> tuple[list[str], str]:
        from click.shell_completion import split_arg_string

        at = int(os.environ["COMP_CWORD"])
        split = split_arg_string(os.environ["COMP_WORDS"])[: at + 1]
        last = split[at] if len(split) > at else ""
        words = _joined(split if last else [*split, ""])
        self._before = words[-1] if _BREAKS.fullmatch(last) else words[-1].removesuffix(last)
        return words[1:-1], words[-1]

    def format_completion(self, item: Any) -> str:
        value = item.value
        for before in (self._before, self._before.rpartition("=")[2]):
            if before and value.startswith(before):
                value = value.removeprefix(before)
                break
        # escaped once for the command line, once for the script's `read`
        value = re.sub(r"([^\w@%+=:,./*?-])", r"\\\\\1", value)
        return f"{item.type},{value}"


def _joined(split: list[str]) -> list[str]:
    """The words of the line, put together again; an empty last one stands for itself."""
    words: list[str] = []
    glue = False
    for word in split:
        breaks = _BREAKS.fullmatch(word) is not None
        if words and word and (breaks or glue):
            words[-1] += word
        else:
            words.append(word)
        glue = breaks
    return words
