"""Entities that a flow names by globs: ``entities: "*"`` is whatever its home holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import replace
from fnmatch import fnmatchcase

from hygge.codec import encode
from hygge.config import EntityConfig, FlowConfig, Project
from hygge.config.selection import listed
from hygge.engine.retry import retrying
from hygge.engine.stop import Stop
from hygge.errors import ConfigurationError, HyggeError
from hygge.plugins import Registry
from hygge.unexpected import edge

__all__ = ["meant", "selected"]


def selected(
    project: Project,
    registry: Registry,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    stop: Stop | None = None,
) -> tuple[EntityConfig, ...]:
    """`Project.select`, with what the globs of the flows match; raises as it does.

    Of a glob whose home does not tell, an entity with the glob's name and the reason (``unmatched``) stays.
    With ``stop`` a home that may answer later is asked again, until the switch is set.
    """

    def with_entities(flow: FlowConfig) -> FlowConfig:
        if not flow.patterns:
            return flow
        if meant(flow, select, exclude):
            return _expanded(flow, _Homes(registry, stop))
        return replace(flow, entities=(*flow.entities, *flow.patterns))  # to be excluded, like the others

    flows = {name: with_entities(flow) for name, flow in project.flows.items()}
    return replace(project, flows=flows).select(select, exclude)


def meant(flow: FlowConfig, select: Sequence[str], exclude: Sequence[str] = ()) -> bool:
    """Whether the terms can name an entity that the flow's globs match."""
    tags = {tag for pattern in flow.patterns for tag in pattern.tags}

    def names(term: str) -> bool:
        if term.startswith("tag:"):
            return any(fnmatchcase(tag, term.removeprefix("tag:")) for tag in tags)
        return fnmatchcase(flow.name, term.partition(".")[0])

    return (not select or any(map(names, select))) and flow.name not in exclude


def _expanded(flow: FlowConfig, homes: _Homes) -> FlowConfig:
    """The flow with what its globs match; a glob of which that cannot be told stays, with the reason.

    So the flow fails where entities do: one by one, journaled, and no other flow with it.
    """
    entities = {entity.name: entity for entity in flow.entities}
    held: set[str] = set()
    for pattern in flow.patterns:
        names = homes.entities(pattern)
        if isinstance(names, HyggeError):
            entities[pattern.name] = replace(pattern, unmatched=names)
            continue
        held.update(names)
        for name in names:
            if fnmatchcase(name, pattern.name) and not any(fnmatchcase(name, g) for g in flow.left_out):
                entities.setdefault(name, replace(pattern, name=name, glob=pattern.name))
    if not entities:
        entities = {one.name: replace(one, unmatched=_nothing(flow, held)) for one in flow.patterns}
    return replace(flow, entities=tuple(entities.values()))


class _Homes:
    """What the homes of one flow's globs hold; each is asked once."""

    def __init__(self, registry: Registry, stop: Stop | None) -> None:
        self._registry = registry
        self._stop = stop
        self._found: dict[bytes, Sequence[str] | HyggeError] = {}

    def entities(self, pattern: EntityConfig) -> Sequence[str] | HyggeError:
        """The names, or why nobody knows them."""
        home = encode(pattern.home)
        if home not in self._found:
            self._found[home] = self._asked(pattern)
        return self._found[home]

    def _asked(self, pattern: EntityConfig) -> Sequence[str] | HyggeError:
        try:
            with edge():  # its home ends this flow only
                if self._stop is None:
                    return self._held(pattern)
                return retrying(lambda: self._held(pattern), self._stop, f"{pattern.flow}.{pattern.name}")
        except HyggeError as error:
            return error

    def _held(self, pattern: EntityConfig) -> Sequence[str]:
        with closing(self._registry.open_home(pattern.home["type"], pattern.home)) as home:
            return list(home.entities())


def _nothing(flow: FlowConfig, held: Collection[str]) -> HyggeError:
    globs = ", ".join(repr(pattern.name) for pattern in flow.patterns)
    return ConfigurationError(
        f"flow {flow.name!r} moves nothing: its home holds no entity that {globs} matches",
        code="HYG111",
        remedy=f"Its entities are: {listed(sorted(held))}." if held else "It holds none: check home.",
    )
