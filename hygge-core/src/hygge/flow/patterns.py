"""Entities that a flow names by globs: ``entities: "*"`` is whatever its home holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from hygge.config import EntityConfig, FlowConfig, Project
from hygge.config.selection import listed
from hygge.errors import ConfigurationError
from hygge.plugins import Registry

__all__ = ["meant", "selected"]


def selected(
    project: Project, registry: Registry, select: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[EntityConfig, ...]:
    """`Project.select`, with what the globs of the flows match; raises as it does, and as homes do."""
    return _with_entities(project, registry, select, exclude).select(select, exclude)


def _with_entities(
    project: Project, registry: Registry, select: Sequence[str], exclude: Sequence[str]
) -> Project:
    flows = {
        name: _expanded(flow, registry) if flow.patterns and meant(flow, select, exclude) else flow
        for name, flow in project.flows.items()
    }
    return replace(project, flows=flows)


def meant(flow: FlowConfig, select: Sequence[str], exclude: Sequence[str] = ()) -> bool:
    """Whether the terms can name an entity that the flow's globs match."""
    tags = {tag for pattern in flow.patterns for tag in pattern.tags}

    def names(term: str) -> bool:
        if term.startswith("tag:"):
            return any(fnmatchcase(tag, term.removeprefix("tag:")) for tag in tags)
        return fnmatchcase(flow.name, term.partition(".")[0])

    return (not select or any(map(names, select))) and flow.name not in exclude


def _expanded(flow: FlowConfig, registry: Registry) -> FlowConfig:
    entities = list(flow.entities)
    seen = {entity.name for entity in entities}
    held: set[str] = set()
    for pattern in flow.patterns:
        for name in _held(pattern, registry):
            held.add(name)
            if not fnmatchcase(name, pattern.name):
                continue
            if name not in seen and not any(fnmatchcase(name, glob) for glob in flow.left_out):
                seen.add(name)
                entities.append(replace(pattern, name=name))
    if not entities:
        globs = ", ".join(repr(pattern.name) for pattern in flow.patterns)
        there = f"Its entities are: {listed(sorted(held))}." if held else "It holds none: check home."
        raise ConfigurationError(
            f"flow {flow.name!r} moves nothing: its home holds no entity that {globs} matches",
            code="HYG111",
            remedy=there,
        )
    return replace(flow, entities=tuple(entities), patterns=())


def _held(pattern: EntityConfig, registry: Registry) -> Sequence[str]:
    home = registry.open_home(pattern.home["type"], pattern.home)
    try:
        return home.entities()
    finally:
        home.close()
