"""The registry of homes, stores and journals that the installed plugins describe.

Plugins are code that the user chose to install: they run with the user's rights, this is not a
sandbox. They are loaded once a process, on the first call of `registry`.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from hygge import discovery
from hygge.clashes import without_clashes
from hygge.descriptors import Descriptor, role
from hygge.discovery import DISABLE, LoadedPlugin
from hygge.errors import ConfigurationError, HyggeError, MissingConnector
from hygge.factories import FIRST_PARTY, import_class
from hygge.hookspecs import HomeType, JournalType, StoreType
from hygge.roles import Home, Journal, Store

if TYPE_CHECKING:
    from hygge.events import Event

__all__ = ["PluginInfo", "Registry", "registry"]

logger = logging.getLogger(__name__)
T = TypeVar("T", HomeType, StoreType, JournalType)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """One installed plugin, for people: what it provides, or why it is not used."""

    name: str
    distribution: str
    version: str
    types: tuple[str, ...] = ()  # "home sqlite", "store parquet"
    error: str | None = None  # message and remedy
    code: str | None = None  # of the error
    disabled: bool = False

    @property
    def problem(self) -> str:
        """One line that says why its types are missing; empty when they are not."""
        if self.disabled:
            return f"{self.distribution} is disabled by {DISABLE}"
        return f"{self.distribution} failed to load: {self.error.splitlines()[0]}" if self.error else ""


class Registry:
    """What is installed: descriptors by role and name, and how to open what they describe."""

    def __init__(self, loaded: Sequence[LoadedPlugin], disabled: Sequence[discovery.Candidate] = ()) -> None:
        loaded = without_clashes(loaded)
        self._loaded = tuple(plugin for plugin in loaded if plugin.manager is not None)
        self._classes: dict[str, type] = {}  # by factory
        self.plugins: tuple[PluginInfo, ...] = _infos(loaded, disabled)
        self.homes: Mapping[str, HomeType] = _published(self._loaded, HomeType)
        self.stores: Mapping[str, StoreType] = _published(self._loaded, StoreType)
        self.journals: Mapping[str, JournalType] = _published(self._loaded, JournalType)

    def home_type(self, name: str) -> HomeType:
        """The home type ``name``; `MissingConnector` says what is known and what to install."""
        return self.homes[name] if name in self.homes else self._unknown("home", name)

    def store_type(self, name: str) -> StoreType:
        """The store type ``name``; `MissingConnector` says what is known and what to install."""
        return self.stores[name] if name in self.stores else self._unknown("store", name)

    def journal_type(self, name: str) -> JournalType:
        """The journal type ``name``; `MissingConnector` says what is known and what to install."""
        return self.journals[name] if name in self.journals else self._unknown("journal", name)

    def open_home(self, name: str, config: Mapping[str, Any]) -> Home:
        """A new home of the type ``name``, its class imported now."""
        home: Home = self._class(self.home_type(name), Home)(config)
        return home

    def open_store(self, name: str, config: Mapping[str, Any]) -> Store:
        """A new store of the type ``name``, its class imported now."""
        store: Store = self._class(self.store_type(name), Store)(config)
        return store

    def open_journal(
        self, name: str, config: Mapping[str, Any], run_id: str, holder: Mapping[str, str]
    ) -> Journal:
        """The journal of the type ``name`` beside the data of a store of that configuration."""
        journal: Journal = self._class(self.journal_type(name), Journal)(config, run_id, holder)
        return journal

    def provider(self, descriptor: Descriptor) -> str:
        """The distribution that provides the type."""
        return next(p.candidate.distribution for p in self._loaded if descriptor in p.descriptors)

    def load_class(self, descriptor: Descriptor) -> type:
        """The class behind a type; what `open_home` and `open_store` construct."""
        kinds = {"home": Home, "store": Store, "journal": Journal}
        return self._class(descriptor, kinds[role(descriptor)])

    def resolve_secret(self, reference: str) -> str:
        """The value behind ``provider:name``; hygge-core's providers answer first, the first answer wins.

        Raises `ConfigurationError` (HYG108) where nobody answers.
        """
        failures: list[str] = []
        for plugin in self._loaded:
            answer, failure = _ask(plugin, reference)
            if failure:
                failures.append(failure)
            if answer is not None:
                return answer
        raise _unresolved(reference, failures)

    def emit(self, event: Event) -> None:
        """Tell every observer; one that raises is logged and changes nothing."""
        for plugin in self._loaded:
            if plugin.manager is None:
                continue
            try:
                plugin.manager.hook.hygge_run_event(event=event)
            except Exception:  # boundary: an observer can't veto
                logger.warning("plugin %s failed on an event", plugin.candidate.name, exc_info=True)

    def _class(self, descriptor: Descriptor, kind: type) -> type:
        if descriptor.factory not in self._classes:
            self._classes[descriptor.factory] = import_class(
                descriptor.factory,
                kind,
                type_name=descriptor.name,
                distribution=self.provider(descriptor),
            )
        return self._classes[descriptor.factory]

    def _unknown(self, wanted: str, name: str) -> Any:
        raise unknown_type(self, wanted, name)


def registry() -> Registry:
    """The installed plugins; loaded on the first call, the same object ever after."""
    with _lock:
        return _load()


_lock = threading.RLock()  # re-entrant: a plugin may ask for the registry while it is imported


@functools.cache
def _load() -> Registry:
    disabled, loaded = [], []
    for candidate in discovery.candidates():
        if candidate.disabled:
            disabled.append(candidate)
        else:
            loaded.append(discovery.load(candidate))
    return Registry(loaded, disabled)


def unknown_type(registry: Registry, wanted: str, name: str) -> MissingConnector:
    """The error for a type that nobody provides: what is known, what failed, what to install."""
    known: dict[str, Mapping[str, Descriptor]] = {
        "home": dict(registry.homes),
        "store": dict(registry.stores),
        "journal": dict(registry.journals),
    }
    message = f"no installed connector provides the {wanted} type {name!r}"
    others = [other for other in known if other != wanted and name in known[other]]
    if others:
        message += f" ({name!r} is a {others[0]} type)"
    lines = [message, f"known {wanted} types: {', '.join(sorted(known[wanted])) or 'none'}"]
    lines += [info.problem for info in registry.plugins if info.problem]
    return MissingConnector(
        "\n  ".join(lines),
        remedy=_remedy(registry, name, known[wanted]),
        role=wanted,
        type=name,
        known=sorted(known[wanted]),
    )


def _remedy(registry: Registry, name: str, known: Iterable[str]) -> str:
    import difflib

    distribution = FIRST_PARTY.get(name)
    for info in registry.plugins:
        if info.distribution == distribution and info.problem:
            return f"Enable or repair {distribution}; `hygge plugins` shows its error."
    if distribution:
        return f"Install it: pip install {distribution}"
    close = difflib.get_close_matches(name, list(known), n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return "Install the connector that provides it; `hygge plugins` shows what is installed."


def _published(loaded: Sequence[LoadedPlugin], kind: type[T]) -> Mapping[str, T]:
    found = {d.name: d for plugin in loaded for d in plugin.descriptors if isinstance(d, kind)}
    return dict(sorted(found.items()))


def _infos(loaded: Sequence[LoadedPlugin], disabled: Sequence[discovery.Candidate]) -> tuple[PluginInfo, ...]:
    infos = [_info(plugin.candidate, plugin.descriptors, plugin.error) for plugin in loaded]
    infos += [_info(candidate, disabled=True) for candidate in disabled]
    return tuple(infos)


def _info(
    candidate: discovery.Candidate,
    descriptors: Sequence[Descriptor] = (),
    error: HyggeError | None = None,
    disabled: bool = False,
) -> PluginInfo:
    return PluginInfo(
        name=candidate.name,
        distribution=candidate.distribution,
        version=candidate.version,
        types=tuple(f"{role(d)} {d.name}" for d in descriptors),
        error=str(error) if error else None,
        code=error.code if error else None,
        disabled=disabled,
    )


def _ask(plugin: LoadedPlugin, reference: str) -> tuple[str | None, str]:
    if plugin.manager is None:
        return None, ""
    try:
        answer = plugin.manager.hook.hygge_resolve_secret(reference=reference)
    except HyggeError:
        raise
    except Exception as error:  # boundary: another provider may still answer
        logger.debug("plugin %s failed on a secret", plugin.candidate.name, exc_info=True)
        return None, f"{plugin.candidate.name} failed with {type(error).__name__}"
    if answer is not None and not isinstance(answer, str):
        return None, f"{plugin.candidate.name} answered with {type(answer).__name__}, not text"
    return answer, ""


def _unresolved(reference: str, failures: Sequence[str]) -> ConfigurationError:
    provider = reference.partition(":")[0]
    reason = "; ".join(failures) or f"no installed plugin knows the provider {provider!r}"
    return ConfigurationError(
        f"the secret {reference} could not be resolved: {reason}",
        code="HYG108",
        remedy="hygge-core provides env:NAME and file:PATH; `hygge plugins` shows what else is installed.",
    )
