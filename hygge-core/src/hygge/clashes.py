"""Two plugins that provide a type of the same name."""

from __future__ import annotations

from collections.abc import Sequence

from hygge.descriptors import role
from hygge.discovery import DISABLE, LoadedPlugin
from hygge.errors import HyggeError, MissingConnector

__all__ = ["without_clashes"]


def without_clashes(loaded: Sequence[LoadedPlugin]) -> list[LoadedPlugin]:
    """The plugins, with an error for each that provides a type of another one's.

    Neither side of a clash is used: an order of names would decide silently which connector a
    flow gets. Only hygge-core, which comes first, keeps its types.
    """
    owners: dict[tuple[str, str], list[LoadedPlugin]] = {}
    for plugin in loaded:
        for descriptor in plugin.descriptors:
            owners.setdefault((role(descriptor), descriptor.name), []).append(plugin)
    errors: dict[str, HyggeError] = {}
    for (wanted, name), sides in owners.items():
        for side in sides if len(sides) > 1 else ():
            if not side.candidate.builtin:
                errors.setdefault(_key(side), _clash(wanted, name, sides))
    return [
        LoadedPlugin(candidate=plugin.candidate, error=errors[_key(plugin)])
        if _key(plugin) in errors
        else plugin
        for plugin in loaded
    ]


def _key(plugin: LoadedPlugin) -> str:
    return f"{plugin.candidate.distribution}:{plugin.candidate.name}"


def _clash(wanted: str, name: str, sides: Sequence[LoadedPlugin]) -> MissingConnector:
    names = [side.candidate.distribution for side in sides]
    strangers = [side.candidate for side in sides if not side.candidate.builtin]
    return MissingConnector(
        f"the {wanted} type {name!r} is provided by {' and '.join(names)}",
        code="HYG203",
        remedy=f"Uninstall one of them, or set {DISABLE}={strangers[-1].name}.",
        distributions=names,
    )
