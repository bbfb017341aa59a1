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

    name: str  # lower-case letters, digits and _
    factory: str  # "package.module:Class", imported at first use
    config_schema: str  # "package:file.schema.json", read from the installed package
    summary: str  # one line, for `hygge plugins`
    capabilities: HomeCapabilities = field(default_factory=HomeCapabilities)  # what it promises
    api: int = API_VERSION  # the version of these hooks that it was written for


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreType:
    """A kind of store: its name in ``store: {type: NAME}`` and where its class is found."""

    name: str
    factory: str
    config_schema: str
    summary: str
    capabilities: StoreCapabilities = field(default_factory=StoreCapabilities)  # what it promises
    journal: str = ""  # the journal type that is kept beside its data, if there is one
    remote: bool = False  # it answers over a network: while some entities are read, a run commits others
    api: int = API_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalType:
    """A kind of journal that is kept beside the data of a store, which names it in `StoreType.journal`.

    Its class is called with the configuration of the store, the id of the run, and what others are told
    of who holds a lease (texts by name).
    """

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
