"""What all commands have in common."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import click

__all__ = ["Command"]


class Command(click.Command):
    """A command whose stdout is its own: what connectors print while it works goes to stderr."""

    def invoke(self, ctx: click.Context) -> Any:
        with contextlib.redirect_stdout(sys.stderr):
            return super().invoke(ctx)
