"""Entities that a flow names by globs: ``entities: "*"`` is whatever its home holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from hygge.config import EntityConfig, FlowConfig, Project
from hygge.config.selection import listed
from hygge.errors import ConfigurationError, HyggeError
from hygge.plugins import Registry
from hygge.unexpected import unexpected

__all__ = ["meant", "selected"]


def selected(
    project: Project, registry: Registry, select: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[EntityConfig, ...]:
    """`Project.select`, with what the globs of the flows match; raises as it does.

    Of a glob whose home does not tell, an entity with the glob's name and the reason (``unmatched``) stays.
    """
    return _with_entities(project, registry, select, exclude).select(select, exclude)


def _with_entities(
    project: Project, registry: Registry, select: Sequence[str], exclude: Sequence[str]
) -> Project:
    def with_entities(flow: FlowConfig) -> FlowConfig:
        if not flow.patterns:
            return flow
        if meant(flow, select, exclude):
            return _expanded(flow, registry)
        return replace(flow, entities=(*flow.entities, *flow.patterns))  # to be excluded, like the others

    return replace(project, flows={name: with_entities(flow) for name, flow in project.flows.items()})


def meant(flow: FlowConfig, select: Sequence[str], exclude: Sequence[str] = ()) -> bool:
    """Whether the terms can name an entity that the flow's globs match."""
    tags = {tag for pattern in flow.patterns for tag in pattern.tags}

    def names(term: str) -> bool:
        if term.startswith("tag:"):
            return any(fnmatchcase(tag, term.removeprefix("tag:")) for tag in tags)
        return fnmatchcase(flow.name, term.partition(".")[0])

    return (not select or any(map(names, select))) and flow.name not in exclude


def _expanded(flow: FlowConfig, registry: Registry) -> FlowConfig:
    """The flow with what its globs match; a glob of which that cannot be told stays, with the reason.

    So the flow fails where entities do: one by one, journaled, and no other flow with it.
    """
    entities = {entity.name: entity for entity in flow.entities}
    held: set[str] = set()
    for pattern in flow.patterns:
        try:
            names = list(_held(pattern, registry))
        except HyggeError as error:
            entities[pattern.name] = replace(pattern, unmatched=error)
            continue
        except Exception as error:  # a connector's edge: its home ends this flow only
            entities[pattern.name] = replace(pattern, unmatched=unexpected(error))
            continue
        held.update(names)
        for name in names:
            if fnmatchcase(name, pattern.name) and not any(fnmatchcase(name, g) for g in flow.left_out):
                entities.setdefault(name, replace(pattern, name=name, glob=pattern.name))
    if not entities:
        entities = {one.name: replace(one, unmatched=_nothing(flow, held)) for one in flow.patterns}
    return replace(flow, entities=tuple(entities.values()))


def _nothing(flow: FlowConfig, held: Collection[str]) -> HyggeError:
    globs = ", ".join(repr(pattern.name) for pattern in flow.patterns)
    return ConfigurationError(
        f"flow {flow.name!r} moves nothing: its home holds no entity that {globs} matches",
        code="HYG111",
        remedy=f"Its entities are: {listed(sorted(held))}." if held else "It holds none: check home.",
    )


def _held(pattern: EntityConfig, registry: Registry) -> Sequence[str]:
    home = registry.open_home(pattern.home["type"], pattern.home)
    try:
        return home.entities()
    finally:
        home.close()
