"""The command line: `main` is the entry point ``hygge``; each command has a file of its own."""

from hygge.cli.entry import main

__all__ = ["main"]
