"""hygge moves tables from where they live to where they should settle."""

from hygge.api import run
from hygge.capabilities import HomeCapabilities, StoreCapabilities
from hygge.errors import HyggeError
from hygge.hookspecs import HomeType, JournalType, StoreType, hookimpl
from hygge.results import EntityResult, RunResult
from hygge.roles import Home, Journal, Store
from hygge.version import __version__

__all__ = [
    "EntityResult",
    "Home",
    "HomeCapabilities",
    "HomeType",
    "HyggeError",
    "Journal",
    "JournalType",
    "RunResult",
    "Store",
    "StoreCapabilities",
    "StoreType",
    "__version__",
    "hookimpl",
    "run",
]
