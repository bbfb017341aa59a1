"""Every hook of hygge, on one screen. Hooks describe; data never passes through them.

A connector points the entry point group ``hygge`` at a light module that imports only the standard
library and ``hygge``, and implements what it offers::

    from hygge import HomeType, hookimpl

    @hookimpl
    def hygge_homes():
        return [HomeType(name="rest", factory="hygge_rest.home:RestHome",
                         config_schema="hygge_rest:home.schema.json", summary="a REST API")]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pluggy

from hygge.capabilities import HomeCapabilities, StoreCapabilities

if TYPE_CHECKING:
    from hygge.events import Event

__all__ = ["API_VERSION", "HomeType", "JournalType", "StoreType", "hookimpl", "hookspec"]

API_VERSION = 1
hookspec = pluggy.HookspecMarker("hygge")
hookimpl = pluggy.HookimplMarker("hygge")


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeType:
    """A kind of home: its name in ``home: {type: NAME}`` and where its class is found."""

    name: str
    factory: str  # "package.module:Class", imported at first use
    config_schema: str  # "package:file.schema.json", read from the installed package
    summary: str
    capabilities: HomeCapabilities = field(default_factory=HomeCapabilities)
    api: int = API_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreType:
    """A kind of store: its name in ``store: {type: NAME}`` and where its class is found."""

    name: str
    factory: str
    config_schema: str
    summary: str
    capabilities: StoreCapabilities = field(default_factory=StoreCapabilities)
    api: int = API_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalType:
    """A kind of journal location: opened for ``journal: {location: NAME}``."""

    name: str
    factory: str
    summary: str
    api: int = API_VERSION


@hookspec
def hygge_homes() -> Sequence[HomeType]:  # type: ignore[empty-body]  # a hookspec has no body
    """The homes this distribution provides."""


@hookspec
def hygge_stores() -> Sequence[StoreType]:  # type: ignore[empty-body]  # a hookspec has no body
    """The stores this distribution provides."""


@hookspec
def hygge_journals() -> Sequence[JournalType]:  # type: ignore[empty-body]  # a hookspec has no body
    """The journals this distribution provides."""


@hookspec(firstresult=True)
def hygge_resolve_secret(reference: str) -> str | None:
    """The value behind ``${secret:provider:name}`` (``reference`` is ``provider:name``), or None."""


@hookspec
def hygge_run_event(event: Event) -> None:
    """Observe a run (progress, logs, telemetry); an error here is logged and changes nothing."""
