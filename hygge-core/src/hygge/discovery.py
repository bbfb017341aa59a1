"""Finds, loads and describes the installed plugins, each in its own try.

One plugin's fault never reaches another: every plugin is registered with a pluggy manager of its
own, because in a shared one a raising hook loses the answers of all others, and a plugin that
fails validation stays registered (pluggy 1.6).
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

import pluggy

from hygge import hookspecs
from hygge.descriptors import Descriptor, check_descriptors
from hygge.errors import HyggeError, MissingConnector

__all__ = ["BUILTIN", "DISABLE", "GROUP", "Candidate", "LoadedPlugin", "candidates", "load", "quiet_stdout"]

GROUP = "hygge"
DISABLE = "HYGGE_DISABLE_PLUGINS"
BUILTIN = "hygge.plugin"  # hygge-core's own entry point
COLLECT_HOOKS = {
    "hygge_homes": hookspecs.HomeType,
    "hygge_stores": hookspecs.StoreType,
    "hygge_journals": hookspecs.JournalType,
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry point of the group `GROUP`, not imported yet."""

    name: str
    module: str
    distribution: str
    version: str

    @property
    def builtin(self) -> bool:
        return self.module == BUILTIN

    @property
    def disabled(self) -> bool:
        """Is it named in `DISABLE`, by its entry point or distribution? Core itself can't be."""
        listed = {_normalised(name) for name in os.environ.get(DISABLE, "").split(",") if name.strip()}
        return not self.builtin and bool(listed & {_normalised(self.name), _normalised(self.distribution)})


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlugin:
    """What became of loading one plugin: its manager and descriptors, or its error."""

    candidate: Candidate
    manager: pluggy.PluginManager | None = None
    descriptors: tuple[Descriptor, ...] = ()
    error: HyggeError | None = None


def candidates() -> list[Candidate]:
    """Every plugin that is installed: hygge-core first, the others sorted by distribution and name."""
    from hygge.version import __version__

    core = Candidate(name="core", module=BUILTIN, distribution="hygge-core", version=__version__)
    found: dict[tuple[str, str], Candidate] = {}
    for distribution in distributions():
        try:
            for entry in _hygge_entries(distribution):
                candidate = _candidate(distribution, entry)
                # the first on sys.path wins, as it does for imports
                found.setdefault((_normalised(candidate.distribution), candidate.name), candidate)
        except Exception:  # boundary: damaged metadata of any installed package, hygge's or not
            logger.debug("unreadable metadata of an installed package", exc_info=True)
    strangers = [found[key] for key in sorted(found) if not found[key].builtin]
    return [core, *strangers]


def load(candidate: Candidate) -> LoadedPlugin:
    """Import, register, describe and check one plugin; whatever it raises becomes its error."""
    try:
        with quiet_stdout():
            manager = _registered(candidate)
            descriptors = _described(manager)
        check_descriptors(descriptors)
    except KeyboardInterrupt:
        raise
    except HyggeError as error:
        return LoadedPlugin(candidate=candidate, error=error)
    except BaseException as error:  # boundary: a plugin may do anything, sys.exit() included
        logger.debug("plugin %s failed to load", candidate.name, exc_info=True)
        return LoadedPlugin(candidate=candidate, error=_load_error(candidate, error))
    return LoadedPlugin(candidate=candidate, manager=manager, descriptors=descriptors)


_stdout = threading.RLock()  # two redirections that overlap would leave stdout redirected for good


@contextlib.contextmanager
def quiet_stdout() -> Iterator[None]:
    """Send what foreign code prints to stderr: stdout belongs to the command's data."""
    with _stdout, contextlib.redirect_stdout(sys.stderr):
        yield


def _registered(candidate: Candidate) -> pluggy.PluginManager:
    plugin = EntryPoint(candidate.name, candidate.module, GROUP).load()
    manager = pluggy.PluginManager("hygge")
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, candidate.name)
    manager.check_pending()
    unmarked = [name for name in vars(hookspecs) if name.startswith("hygge_") and _lacks_marker(plugin, name)]
    if unmarked:
        raise MissingConnector(
            f"{unmarked[0]} has no @hookimpl and would never be called",
            code="HYG202",
            remedy="Its author decorates it with hygge.hookimpl.",
        )
    if not manager.get_hookcallers(plugin):
        raise MissingConnector(
            f"{candidate.module} implements no hook of hygge",
            code="HYG202",
            remedy="Its author implements one of hygge.hookspecs, decorated with hygge.hookimpl.",
        )
    return manager


def _lacks_marker(plugin: object, hook: str) -> bool:
    function = getattr(plugin, hook, None)
    return callable(function) and not hasattr(function, "hygge_impl")


def _described(manager: pluggy.PluginManager) -> tuple[Descriptor, ...]:
    descriptors: list[Descriptor] = []
    for hook, kind in COLLECT_HOOKS.items():
        for answer in getattr(manager.hook, hook)():
            descriptors.extend(_checked_answer(hook, kind, answer))
    return tuple(descriptors)


def _checked_answer(hook: str, kind: type[Descriptor], answer: object) -> Sequence[Descriptor]:
    if not isinstance(answer, list | tuple) or not all(isinstance(item, kind) for item in answer):
        raise MissingConnector(
            f"{hook} must return a list of {kind.__name__}, not {_shape(answer)}",
            code="HYG202",
            remedy="Its author corrects what the hook returns.",
        )
    return answer


def _shape(answer: object) -> str:
    if isinstance(answer, list | tuple):
        return "a list with " + ", ".join(sorted({type(item).__name__ for item in answer}))
    return type(answer).__name__


def _load_error(candidate: Candidate, error: BaseException) -> HyggeError:
    text = str(error).strip()
    return MissingConnector(
        f"{type(error).__name__}: {text}" if text else type(error).__name__,
        code="HYG202",
        remedy=f"Reinstall or upgrade {candidate.distribution}, or set {DISABLE}={candidate.name}.",
    )


def _hygge_entries(distribution: Distribution) -> Sequence[EntryPoint]:
    text = distribution.read_text("entry_points.txt")
    if not text or GROUP not in text:  # spares parsing the metadata of every other package
        return ()
    return tuple(distribution.entry_points.select(group=GROUP))


def _candidate(distribution: Distribution, entry: EntryPoint) -> Candidate:
    return Candidate(
        name=entry.name,
        module=entry.value,
        distribution=distribution.metadata["Name"] or entry.value.partition(".")[0],
        version=distribution.version or "unknown",
    )


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
