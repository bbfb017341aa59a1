"""Where the process meets the command: exit codes, and errors as people and programs read them."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from hygge.cli.group import hygge
from hygge.cli.terminal import Terminal
from hygge.errors import HyggeError

__all__ = ["main"]

USAGE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's) and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "_HYGGE_COMPLETE" in os.environ:  # a shell asks what could come next
        from hygge.cli.completion import answer

        return answer(os.environ["_HYGGE_COMPLETE"])
    if arguments is None and sys.platform == "linux":
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")  # a fifth less memory, as fast
    terminal = Terminal()
    code = _answer(given, terminal)
    try:
        terminal.close()
    except HyggeError as error:
        terminal.say(_line(error), level="error")
        code = max(code, error.exit_code)
    if arguments is None:
        gc.freeze()  # the process ends: collecting its modules twice would take a tenth of a small run
    return code


def _answer(given: list[str], terminal: Terminal) -> int:
    """The boundary of the command line: every error ends here, as an exit code and its message."""
    try:
        return _invoke(given, terminal)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        return _fail(terminal, given, _usage(error), error.format_message(), code="HYG100", exit_code=USAGE)
    except (KeyboardInterrupt, click.Abort):
        return _fail(terminal, given, "stopped", "stopped", code="HYG602", exit_code=INTERRUPTED)
    except HyggeError as error:
        return _refuse(terminal, given, error)
    except (Exception, SystemExit) as error:
        # Boundary: no user sees a bare traceback, and no connector's exit() passes for success.
        if isinstance(error, BrokenPipeError) and terminal.reader_left():
            return 0  # click wrote the help to somebody who has seen enough
        from hygge.unexpected import unexpected

        return _refuse(terminal, given, unexpected(error))


def _invoke(given: list[str], terminal: Terminal) -> int:
    # Not `hygge.main`: it would take any BrokenPipeError, a database's too, for one of stdout.
    with hygge.make_context("hygge", list(given), obj=terminal) as context:
        code = hygge.invoke(context)
    return code if isinstance(code, int) else 0


def _refuse(terminal: Terminal, given: list[str], error: HyggeError) -> int:
    problems = [
        {name: getattr(p, name) for name in ("code", "file", "line", "column", "message", "remedy")}
        for p in error.details.get("problems", ())
    ]
    more = {"problems": problems} if problems else {}
    return _fail(
        terminal, given, _line(error), str(error), code=error.code, exit_code=error.exit_code, **more
    )


def _fail(
    terminal: Terminal, given: list[str], said: str, message: str, *, code: str, exit_code: int, **more: Any
) -> int:
    terminal.say(said, level="error")
    if _wants_json(given):
        terminal.document({"status": "failed", "error": {"code": code, "message": message, **more}})
    return exit_code


def _line(error: HyggeError) -> str:
    return f"{error.code}: {error}"


def _usage(error: click.UsageError) -> str:
    """What click would print, as one message."""
    lines = [error.ctx.get_usage()] if error.ctx is not None else []
    if error.ctx is not None and error.ctx.command.get_help_option(error.ctx) is not None:
        lines.append(f"Try '{error.ctx.command_path} --help' for help.\n")
    return "\n".join([*lines, f"Error: {error.format_message()}"])


def _wants_json(given: list[str]) -> bool:
    """Was JSON asked for? Read from the words, since the command line itself may be what is wrong.

    The one ``--output`` that names a file instead belongs to ``hygge schema``.
    """
    pairs = zip(given, [*given[1:], ""], strict=True)
    asked = any(word == "--output=json" or (word, after) == ("--output", "json") for word, after in pairs)
    return asked and "schema" not in given[:1]
