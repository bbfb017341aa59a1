"""No two entities settle on one target, and none within another's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from hygge.config import EntityConfig, Project
from hygge.errors import ConfigurationError
from hygge.flow.item import Item
from hygge.model import Target
from hygge.plugins import Registry

__all__ = ["distinct_targets"]


def distinct_targets(found: Sequence[Item], registry: Registry, project: Project) -> tuple[Item, ...]:
    """The items, each with a target of its own; raises `ConfigurationError` where one has none.

    One folder within another is one target, too. What only a glob has matched was chosen by nobody: it
    comes back with its problem, and the others move. Entities that are not selected count as far as they
    can be told without a connector that this run does not need.
    """
    mine = {item.label: item for item in found if item.problem is None}
    problems: dict[str, ConfigurationError] = {}
    owners: dict[str, EntityConfig] = {}

    def refuse(error: ConfigurationError, *configs: EntityConfig) -> None:
        matched = [_label(one) for one in configs if one.glob is not None and _label(one) in mine]
        if not matched:
            raise error
        problems.update(dict.fromkeys(matched, error))

    for config in (*(item.config for item in mine.values()), *_others(found, project)):
        try:
            identity = _identity(config, registry)
        except ConfigurationError as error:
            if _label(config) not in mine:
                continue  # what it lacks is told when it is selected
            if error.code != "HYG113":  # no fault of its name
                raise _named(error, config) from None
            refuse(_named(error, config), config)
            continue
        other = owners.setdefault(identity, config)
        if other is not config:
            refuse(_shared(_label(other), _label(config), identity), other, config)
    for identity, config in owners.items():
        for folder in _folders_above(identity):
            if folder in owners:
                outer = owners[folder]
                refuse(_nested(_label(outer), folder, _label(config), identity), outer, config)
    return tuple(replace(item, problem=problems.get(item.label, item.problem)) for item in found)


def _others(found: Sequence[Item], project: Project) -> Iterator[EntityConfig]:
    """The entities of the project that are not among the items, as far as their stores are at hand."""
    labels, types = {item.label for item in found}, {item.store_type.name for item in found}
    for flow in project.flows.values():
        for entity in flow.entities:
            if _label(entity) not in labels and entity.store["type"] in types:
                yield entity


def _identity(config: EntityConfig, registry: Registry) -> str:
    with closing(registry.open_store(config.store["type"], config.store)) as store:
        return store.identity(Target(flow=config.flow, entity=config.name))


def _label(config: EntityConfig) -> str:
    return f"{config.flow}.{config.name}"


def _folders_above(identity: str) -> Iterator[str]:
    """The addresses of the folders that hold the target, where its own is that of a folder."""
    scheme, found, path = identity.partition("://")
    while found and "/" in path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0]
        yield f"{scheme}://{path}"


def _named(error: ConfigurationError, config: EntityConfig) -> ConfigurationError:
    error.message = f"{_label(config)}: store: {error.message}"
    return error


def _shared(one: str, other: str, identity: str) -> ConfigurationError:
    return ConfigurationError(
        f"{one} and {other} settle on one target: {identity}",
        code="HYG112",
        remedy="Give one of them another path or table, or put {entity} in it.",
    )


def _nested(outer: str, folder: str, inner: str, identity: str) -> ConfigurationError:
    return ConfigurationError(
        f"the target of {inner} ({identity}) lies within that of {outer} ({folder}), "
        "which holds nothing but its own files",
        code="HYG112",
        remedy="Give one of them a path beside the other's.",
    )
